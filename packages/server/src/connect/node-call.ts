/** Calls of node:http and node:http2 as the library of Connect takes them, and its answers on their way back. What the library has for it costs a message as much as all else does. */
import type { ContextValues } from "@connectrpc/connect";
import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { callerLeft } from "../caller-left.js";
import { http2StreamOf, type NodeResponse } from "../node-exchange.js";
import type { NodeRequest } from "../node-request.js";

/** A call; its signal fires when the caller leaves before the answer is through. Throws TypeError where it names no host. */
export function toCall(request: NodeRequest, response: NodeResponse, contextValues: ContextValues): UniversalServerRequest {
  const { httpVersion, method = "", url = "", headers } = request;
  const scheme = "encrypted" in request.socket && request.socket.encrypted ? "https" : "http";
  const host = "authority" in request ? request.authority : headers.host;
  const header = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue; // HTTP/2 says there what the first line of HTTP/1.1 does
    for (const one of typeof value === "string" ? [value] : value) header.append(name, one);
  }
  const controller = new AbortController();
  const stream = http2StreamOf(response) ?? response;
  response.on("close", () => {
    if (!response.writableEnded || !stream.writableFinished) controller.abort(callerLeft());
  });
  return { httpVersion, method, url: new URL(url, `${scheme}://${host}`).href, header, body: request, signal: controller.signal, contextValues };
}

/** Writes an answer no faster than the connection takes it; the head waits for the first message. Rejects where the caller leaves. */
export async function writeAnswer({ status, header, body, trailer }: UniversalServerResponse, response: NodeResponse): Promise<void> {
  const messages = body?.[Symbol.asyncIterator]();
  const writeHead = (): unknown => response.headersSent || response.writeHead(status, header && Object.fromEntries(header));
  try {
    for (let next = await messages?.next(); next && !next.done; next = await messages?.next()) {
      if (isCut(response)) throw callerLeft();
      writeHead();
      if (!(response as NodeJS.WritableStream).write(next.value)) await drained(response);
      (response as { flush?: () => void }).flush?.(); // of a middleware that compresses
    }
    if (isCut(response)) throw callerLeft();
    writeHead();
    if (trailer) response.addTrailers(Object.fromEntries(trailer));
    response.end();
  } finally {
    messages?.return?.().catch(() => {}); // those who made them hear by the call's signal
  }
}

function isCut(response: NodeResponse): boolean {
  return (http2StreamOf(response) ?? response).destroyed;
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const emitter: NodeJS.EventEmitter = response;
    const done = (): void => {
      emitter.off("drain", done).off("close", done);
      resolve();
    };
    if (isCut(response)) resolve();
    else emitter.on("drain", done).on("close", done);
  });
}
