/** All four kinds of methods over gRPC: by connect-node alone, and tasks served by the library. */
import { createServer } from "node:http2";
import type { Message } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { Mode } from "@iftk/core";
import { describeTasks, type TaskMethod } from "@iftk/protobuf";
import { connectListener, connectRoutes } from "@iftk/server/connect";
import { makeTokens, translated } from "../workload/tokens.js";
import type { Exchange, Suite } from "./wires-suite.js";
import { counted, reworded, rewordedEach, reworder, rewording, tokensOf, wordOf, wordsOf } from "./wires-work.js";

const domain = "Bench";
const service = describeTasks([rewording], { domain });
const readMaxBytes = 2 ** 22;

/** The fields of the requests; those of streams have names of their own. */
interface Whole extends Message {
  readonly text: string;
  readonly mark?: string;
}
interface Part extends Message {
  readonly textStream?: string;
  readonly mark?: string;
}

/** The tokens of a stream whose first message carries the parameters, and what it says of them. */
async function opened(messages: AsyncIterable<Part>): Promise<{ readonly mark: string; readonly tokens: AsyncIterable<string> }> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  const mark = (first.value as Part | undefined)?.mark ?? ".";
  async function* tokens(): AsyncGenerator<string> {
    for (let next = first; !next.done; next = await iterator.next()) {
      if (next.value.textStream !== undefined) yield next.value.textStream;
    }
  }
  return { mark, tokens: tokens() };
}

/** The same work, written against connect-node. */
const byHand = {
  rewordingTaskPredict: async ({ text, mark = "." }: Whole) => wordsOf(text, mark),
  serverStreamingRewordingTaskPredict: ({ text, mark = "." }: Whole) => reworded(text, mark),
  async clientStreamingRewordingTaskPredict(messages: AsyncIterable<Part>) {
    const { mark, tokens } = await opened(messages);
    return counted(tokens, mark);
  },
  async *bidiStreamingRewordingTaskPredict(messages: AsyncIterable<Part>) {
    const { mark, tokens } = await opened(messages);
    yield* rewordedEach(tokens, mark);
  },
};

const parameters = { mark: "!" };

function exchangesOf(messages: number): readonly Exchange[] {
  const tokens = makeTokens(messages);
  const whole = tokens.join(" ");
  const parts = tokensOf(whole).map((token) => wordOf(token, parameters.mark));
  const methodOf = (mode: Mode): TaskMethod => service.methods.find((method) => method.mode === mode) as TaskMethod;
  function exchange(name: string, mode: Mode, { calls, values, burst = 1, count = messages }: { calls: readonly (readonly unknown[])[]; values: readonly unknown[]; burst?: number; count?: number }): Exchange {
    const { desc, request, result } = methodOf(mode);
    const encoded = calls.map((inputs) => inputs.map((input, index) => encode(request.toMessage({ input, ...(index === 0 ? { parameters } : {}) }), request.desc)));
    const drive = { wire: "gRPC", path: `/${service.desc.typeName}/${desc.name}`, calls: encoded, burst, answers: values.length / calls.length } as const;
    return { name, messages: count, drive, answers: values.map((value) => encode(result.toMessage(value), result.desc)) };
  }
  const all = { words: translated(tokens.at(-1) ?? "") + parameters.mark, count: tokens.join("").length };
  const each = tokens.map((token) => wordOf(token, parameters.mark));
  return [
    exchange("unary", "unary", { calls: tokens.map((token) => [token]), values: tokens.map((token) => wordsOf(token, parameters.mark)) }),
    exchange("server-streaming", "output-stream", { calls: [[whole]], values: parts, count: parts.length }),
    exchange("client-streaming", "input-stream", { calls: [tokens], values: [all], burst: tokens.length }),
    exchange("bidi, one by one", "bidi", { calls: [tokens], values: each }),
    exchange("bidi, bursts of 32", "bidi", { calls: [tokens], values: each, burst: 32 }),
  ];
}

function encode(message: Message, desc: TaskMethod["request"]["desc"]): string {
  return Buffer.from(toBinary(desc, message)).toString("base64");
}

export const grpc: Suite = {
  plain: { name: "connect-node", open: () => createServer(connectNodeAdapter({ readMaxBytes, routes: (router) => void router.service(service.desc, byHand as never) })) },
  implementations: {
    task: () => createServer(connectListener(connectRoutes({ tasks: [rewording], models: [reworder], domain, maxRuns: Infinity }))),
  },
  exchanges: exchangesOf,
};
