/** Servers of tokens that go through five stages and out as server-sent events, one for each way to write it. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { filter, flatMap, map, outputStream, pipe, scan } from "@iftk/core";
import { serve, toNodeListener } from "@iftk/server";
import { streamText } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { generatorOf } from "../peers/async-generators.js";
import { seed, stepsOf } from "../workload/steps.js";
import { advance, isWord, pieces, translated, unspaced } from "../workload/tokens.js";

/** Opens the tokens of one reply, in bursts. */
export type OpenTokens = () => AsyncIterable<readonly string[], undefined>;

/** One way to serve the same tokens. */
export interface Served {
  /** Answers every request with the tokens that it opens. */
  readonly listener: (open: OpenTokens) => RequestListener;
  /** The text that the data of one event brings. */
  readonly textOf: (data: unknown) => string;
}

const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" };

const frameOf = (id: number, value: string): string => `id: ${id}\ndata: ${JSON.stringify(value)}\n\n`;
const endOf = (id: number): string => `event: end\nid: ${id}\ndata: {}\n\n`;
const isText = (data: unknown): string => (typeof data === "string" ? data : "");

/** The five stages as one loop. */
function openLoop(): (burst: readonly string[], take: (piece: string) => void) => void {
  let state = seed;
  return (burst, take) => {
    for (const token of burst) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      state = advance(state, word);
      for (const piece of pieces(state)) take(translated(piece));
    }
  };
}

async function readInput(incoming: IncomingMessage): Promise<unknown> {
  let body = "";
  incoming.setEncoding("utf8");
  for await (const chunk of incoming) body += chunk;
  return JSON.parse(body) as unknown;
}

/** A listener out of a function that answers; a reader that leaves is no error. */
function answering(answer: (outgoing: ServerResponse) => Promise<void>): RequestListener {
  return (incoming, outgoing) => {
    readInput(incoming).then(() => answer(outgoing)).catch(() => outgoing.destroy());
  };
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    outgoing.on("drain", done).on("close", done);
  });
}

/** What is written in one turn goes out as one. */
const coalesced: Served = {
  textOf: isText,
  listener: (open) =>
    answering(async (outgoing) => {
      outgoing.writeHead(200, headers);
      const loop = openLoop();
      let text = "";
      let id = 0;
      let isScheduled = false;
      const flush = (): void => {
        isScheduled = false;
        if (text !== "" && !outgoing.writableEnded) outgoing.write(text);
        text = "";
      };
      const take = (piece: string): void => {
        text += frameOf(++id, piece);
      };
      for await (const burst of open()) {
        loop(burst, take);
        if (!isScheduled) {
          isScheduled = true;
          process.nextTick(flush);
        }
        if (outgoing.destroyed) return;
        if (outgoing.writableNeedDrain) await drained(outgoing);
      }
      outgoing.end(text + endOf(++id));
      text = "";
    }),
};

const iftk: Served = {
  textOf: isText,
  listener: (open) => {
    const bursts = outputStream((_input: unknown) => open());
    const run = pipe(bursts, flatMap((burst: readonly string[]) => burst), map(unspaced), filter(isWord), scan(advance, seed), flatMap(pieces), map(translated));
    return toNodeListener(serve({ run }, { maxRuns: Infinity }));
  },
};

async function* oneByOne(open: OpenTokens): AsyncGenerator<string, void, undefined> {
  for await (const burst of open()) for (const token of burst) yield token;
}

const asyncGenerators: Served = {
  textOf: isText,
  listener: (open) =>
    answering(async (outgoing) => {
      outgoing.writeHead(200, headers);
      let id = 0;
      for await (const piece of stepsOf[5].reduce((input, step) => generatorOf(step, input), oneByOne(open))) {
        if (!outgoing.write(frameOf(++id, piece))) await drained(outgoing);
        if (outgoing.destroyed) return;
      }
      outgoing.end(endOf(++id));
    }),
};

/** The loop inside a web stream that a Response carries, and the response copied to the connection as adapters do. */
const webStream: Served = {
  textOf: isText,
  listener: (open) =>
    answering(async (outgoing) => {
      const tokens = open()[Symbol.asyncIterator]();
      const encoder = new TextEncoder();
      const loop = openLoop();
      let id = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await tokens.next();
          if (!done) return loop(value, (piece) => controller.enqueue(encoder.encode(frameOf(++id, piece))));
          controller.enqueue(encoder.encode(endOf(++id)));
          controller.close();
        },
        cancel: async () => void (await tokens.return?.()),
      });
      const response = new Response(body, { headers });
      outgoing.writeHead(response.status, [...response.headers].flat());
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        if (!outgoing.write(chunk)) await drained(outgoing);
        if (outgoing.destroyed) return;
      }
      outgoing.end();
    }),
};

type StreamResult = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>;
type Part = StreamResult["stream"] extends ReadableStream<infer P> ? P : never;

const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined }, outputTokens: { total: 1, text: 1, reasoning: undefined } };

/** The five stages are inside the model, so that nothing but the SDK is between it and the connection. */
function partsOf(open: OpenTokens): ReadableStream<Part> {
  const tokens = open()[Symbol.asyncIterator]();
  const loop = openLoop();
  return new ReadableStream<Part>({
    start(controller) {
      controller.enqueue({ type: "stream-start", warnings: [] });
      controller.enqueue({ type: "text-start", id: "1" });
    },
    async pull(controller) {
      const { done, value } = await tokens.next();
      if (!done) return loop(value, (delta) => controller.enqueue({ type: "text-delta", id: "1", delta }));
      controller.enqueue({ type: "text-end", id: "1" });
      controller.enqueue({ type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage });
      controller.close();
    },
    cancel: async () => void (await tokens.return?.()),
  });
}

const aiSdk: Served = {
  textOf: (data) => {
    const { type, delta } = Object(data) as { type?: string; delta?: string };
    return type === "text-delta" ? (delta ?? "") : "";
  },
  listener: (open) =>
    answering(async (outgoing) => {
      const model = new MockLanguageModelV4({ doStream: () => Promise.resolve({ stream: partsOf(open) }) });
      await streamText({ model, prompt: "go", maxRetries: 0 }).pipeUIMessageStreamToResponse(outgoing);
    }),
};

/** The name of the one that the others are compared with. */
export const base = "node:http, writes of a turn as one";

/** All ways to serve, the base first. */
export const servers: Readonly<Record<string, Served>> = {
  [base]: coalesced,
  iftk,
  "async generators, a write a token": asyncGenerators,
  "web stream as body": webStream,
  "AI SDK UI message stream": aiSdk,
};
