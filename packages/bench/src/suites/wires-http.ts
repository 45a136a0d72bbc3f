/** One value in, one value out over HTTP/1.1: by node:http alone, and served by the library. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { unary } from "@iftk/core";
import { serve, serveTasks, toNodeListener, type Handler } from "@iftk/server";
import { taskPath } from "@iftk/wire";
import { z } from "zod";
import { makeTokens } from "../workload/tokens.js";
import type { Suite } from "./wires-suite.js";
import { parameters, reworder, rewording, text, wordsOf, type Words } from "./wires-work.js";

const path = taskPath(rewording.name, "unary");
const maxBodyBytes = 2 ** 20;

const request = z.object({ model: z.string().optional(), input: text, parameters: parameters.default({ mark: "." }) });

/** The work for a request as whoever writes it by hand checks it. */
async function answerTo(body: unknown, { signal }: { readonly signal: AbortSignal }): Promise<Words> {
  signal.throwIfAborted();
  const { input, parameters: given } = request.parse(body);
  return wordsOf(input, given.mark);
}

const headers = { "cache-control": "no-store", "content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff" };

/** Reads no more than a bound, names the run, and lets the work hear when its caller leaves. */
function plain(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const refuse = (status: number): void => void outgoing.writeHead(status, { ...headers, connection: "close" }).end("{}");
  if (incoming.url !== `/${path}` || incoming.method !== "POST") return refuse(404);
  const controller = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  const pieces: Buffer[] = [];
  let size = 0;
  incoming.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size > maxBodyBytes) return void incoming.destroy();
    pieces.push(piece);
  });
  incoming.on("end", () => {
    async function answer(): Promise<void> {
      const value = await answerTo(JSON.parse(Buffer.concat(pieces).toString()), controller);
      const json = JSON.stringify({ value });
      outgoing.writeHead(200, { ...headers, "iftk-run": randomUUID(), "content-length": Buffer.byteLength(json) }).end(json);
    }
    answer().catch(() => refuse(400));
  });
}

function listening(handler: Handler) {
  return createServer({ keepAliveTimeout: 0 }, toNodeListener(handler));
}

export const http: Suite = {
  plain: { name: "node:http", open: () => createServer({ keepAliveTimeout: 0 }, plain) },
  implementations: {
    stage: () => listening(serve({ [path]: unary(answerTo) }, { maxRuns: Infinity })),
    task: () => listening(serveTasks({ tasks: [rewording], models: [reworder], maxRuns: Infinity })),
  },
  exchanges: (messages) => {
    const tokens = makeTokens(messages + 12);
    const inputs = Array.from({ length: messages }, (_, index) => tokens.slice(index, index + 12).join(""));
    return [
      {
        name: "unary",
        messages,
        drive: { wire: "HTTP", path: `/${path}`, bodies: inputs.map((input) => JSON.stringify({ input, parameters: { mark: "!" } })) },
        answers: inputs.map((input) => JSON.stringify({ value: wordsOf(input, "!") })),
      },
    ];
  },
};
