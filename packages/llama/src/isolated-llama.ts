/** The backend over llama.cpp in a process of its own. */
import { resolve } from "node:path";
import { StageError } from "@iftk/core";
import type { Backend } from "@iftk/inferlet";
import { EngineProcess, type EngineProcessOptions } from "./isolation/engine-process.js";
import { IsolatedBackend } from "./isolation/isolated-backend.js";
import { checkOptions, type LlamaOptions } from "./llama-options.js";
import { openVocabulary } from "./open-vocabulary.js";

/** Options of a model that is opened in a process of its own. */
export interface IsolatedLlamaOptions extends LlamaOptions {
  /** How often within a minute the process may be started anew when it died; 3 by default. */
  readonly restarts?: number | undefined;
  readonly process?: EngineProcessOptions | undefined;
}

/**
 * Opens a model as `openLlama` does, with the engine in a process of its own, so that a fault of native code cannot end this one.
 *
 * When that process dies, what waits and every sequence and adapter of it fail with StageError `unavailable`, reason `crashed`, that names
 * the signal or exit code; its last words are the cause. The next sequence that is opened starts it anew, and its first pass waits for
 * the model to load. The process ends with `close`, and with this process however that ends; an idle one does not keep this process alive.
 *
 * @throws what `openLlama` throws, and the error above; `openSequence` and what opens otherwise throw StageError `failed_precondition`, reason
 * `crashed`, after too many restarts.
 */
export async function openIsolatedLlama(options: IsolatedLlamaOptions): Promise<Backend> {
  const { restarts = 3, process = {}, ...model } = options;
  const { signal } = model;
  checkOptions(model);
  if (!(Number.isInteger(restarts) && restarts >= 0)) throw new StageError("invalid_argument", `restarts: ${String(restarts)} is not a whole number from 0 on`);
  signal?.throwIfAborted();
  // A restart must find the same file, wherever this process then works.
  const start = (): EngineProcess => new EngineProcess({ ...model, modelPath: resolve(model.modelPath) }, process);
  const first = start();
  const onAbort = (): void => void first.end(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const facts = await first.opened;
    // Only now: a file that native code fails on has ended the other process before.
    const vocabulary = await openVocabulary(model.modelPath, { signal });
    return new IsolatedBackend({ facts, vocabulary, first, start, restarts });
  } catch (error) {
    await first.end(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
