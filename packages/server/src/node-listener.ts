/** Handlers of Web requests as listeners of node:http. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { StageError } from "@iftk/core";
import { errorResponse } from "./error-response.js";
import { discardBody, nodeRequest } from "./node-request.js";
import { nodeSink } from "./node-sink.js";
import { runOf } from "./run-body.js";
import type { Handler } from "./serve.js";

export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

export interface NodeListenerOptions {
  /** Hears what a handler throws; for logs. The caller gets a 500 that tells nothing of it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A listener for `createServer` of node:http. The request's signal fires in the turn in which its connection closes.
 * Streams of `serve` are written as text without a Web stream between, and no faster than the connection takes them.
 */
export function toNodeListener(handler: Handler, { onError = () => {} }: NodeListenerOptions = {}): NodeListener {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy();
      onError(error);
    });
  };

  async function answer(handle: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const controller = new AbortController();
    let request: Request | undefined;
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) controller.abort(new StageError("canceled", "The connection was closed.", { reason: "caller-left" }));
      request = undefined; // held until now: a request that is collected forwards no abort to its signal
    });
    outgoing.on("error", () => {}); // "close" follows
    let response: Response;
    try {
      request = nodeRequest(incoming, controller.signal);
      response = await handle(request);
    } catch (error) {
      if (!StageError.is(error)) onError(error);
      response = errorResponse(StageError.is(error) ? error : new StageError("internal", "The server failed to answer."));
    }
    await writeResponse(response, incoming, outgoing);
  }
}

async function writeResponse(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const run = runOf(response);
  const hasBody = incoming.method !== "HEAD" && response.status !== 204 && response.status !== 304;
  if (outgoing.destroyed || !hasBody) {
    run?.cancel();
    if (!run) response.body?.cancel().catch(() => {});
  }
  if (outgoing.destroyed) return;
  outgoing.writeHead(response.status, response.statusText || undefined, headersOf(response));
  if (run && hasBody) {
    const sink = nodeSink(outgoing);
    await run.writeTo(sink);
    discardBody(incoming);
    sink.end();
    return;
  }
  if (hasBody && response.body) await copyBody(response.body, outgoing);
  discardBody(incoming);
  outgoing.end();
}

function headersOf(response: Response): string[] {
  const headers: string[] = [];
  for (const [name, value] of response.headers) {
    if (name !== "transfer-encoding") headers.push(name, value); // node:http frames the body itself
  }
  return headers;
}

async function copyBody(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const leave = (): void => void reader.cancel().catch(() => {});
  outgoing.once("close", leave);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!outgoing.write(value)) await drained(outgoing);
    }
  } finally {
    outgoing.off("close", leave);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done);
      resolve();
    };
    if (outgoing.destroyed) resolve();
    else outgoing.on("drain", done).on("close", done);
  });
}
