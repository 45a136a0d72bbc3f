/** A model of the runtime, token by token, for the thread of a program. */
import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { StageError } from "@iftk/core";
import type { Backend } from "../backend.js";
import { factsOf, type BackendFacts } from "../backend-port/backend-call.js";
import { backendOverPort } from "../backend-port/backend-over-port.js";
import { serveBackend } from "../backend-port/serve-backend.js";
import { errorOf, failureOf, type Failure } from "../backend-port/failure.js";
import type { ProgramBackends } from "./program-backends.js";
import { serveTokenizer, tokenizerOver, type TokenizerFlag } from "./tokenizer-port.js";
import { tableOf, TableReader, type VocabularyTable } from "./vocabulary-table.js";

/** How a thread asks for a backend. */
interface BackendRequest {
  readonly backend: string;
  /** Over which its sequences are used. */
  readonly passes: MessagePort;
  /** Over which it is told of tokens, and asks for those of texts. */
  readonly texts: MessagePort;
}

/** The first message for texts. */
type Opened = { readonly facts: BackendFacts; readonly table: VocabularyTable; readonly flag: TokenizerFlag } | { readonly failure: Failure };

/** Gives a thread the backends it asks for; the returned function ends that, and gives back what the thread opened. */
export function serveThreadBackends(worker: Worker, backends: ProgramBackends): () => Promise<void> {
  const ends: (() => unknown)[] = [];
  const onMessage = (message: unknown): void => {
    const { backend, passes, texts } = Object(message) as Partial<BackendRequest>;
    if (backend === undefined || !passes || !texts) return;
    try {
      const view = backends.of(backend);
      const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      ends.push(serveBackend(view, passes).close, serveTokenizer((...args) => view.tokenize(...args), texts, flag), () => passes.close());
      void tableOf(view.shared).then(
        (table) => texts.postMessage({ facts: factsOf(view), table, flag } satisfies Opened, []),
        (error: unknown) => texts.postMessage({ failure: failureOf(error) } satisfies Opened, []),
      );
    } catch (error) {
      texts.postMessage({ failure: failureOf(error) } satisfies Opened, []);
      texts.close();
    }
  };
  worker.on("message", onMessage);
  return async () => {
    worker.off("message", onMessage);
    backends.close();
    await Promise.all(ends.map((end) => end()));
  };
}

/** The backend of this name, which the runtime of this thread has. */
export async function threadBackend(port: MessagePort, name: string): Promise<Backend> {
  const [passes, texts] = [new MessageChannel(), new MessageChannel()];
  const request: BackendRequest = { backend: name, passes: passes.port2, texts: texts.port2 };
  port.postMessage(request, [request.passes, request.texts]);
  const opened = await firstMessage(texts.port1);
  if (!opened) throw new StageError("unavailable", `runtime: the model ${name} is served no more`, { reason: "crashed" });
  if ("failure" in opened) throw errorOf(opened.failure);
  const reader = new TableReader(opened.table);
  return backendOverPort(passes.port1, opened.facts, {
    tokenize: tokenizerOver(texts.port1, opened.flag),
    tokenBytes: (token, options) => reader.tokenBytes(token, options),
    isEndOfGeneration: (token) => reader.isEndOfGeneration(token),
  });
}

/** The first message, or undefined when the port is closed before it. */
function firstMessage(port: MessagePort): Promise<Opened | undefined> {
  return new Promise((resolve) => {
    const settle = (opened?: unknown): void => {
      port.off("message", settle);
      port.off("close", close);
      resolve(opened as Opened | undefined);
    };
    const close = (): void => settle();
    port.on("message", settle);
    port.on("close", close);
  });
}
