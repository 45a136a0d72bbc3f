/** Headers of an answer that are sent before there is anything to answer. */
import type { OutgoingHttpHeaders } from "node:http";
import { createContextKey, type ContextKey } from "@connectrpc/connect";

/** Sends the headers of a call now. It does nothing where the server has no way to. */
export const sendHeaders: ContextKey<(headers: Headers) => void> = createContextKey<(headers: Headers) => void>(() => {}, { description: "sends the headers of a call before its first message" });

/** What is used of a response of node:http and node:http2. */
export interface ResponseHead {
  readonly headersSent: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  addTrailers(trailers: OutgoingHttpHeaders): void;
}

/** What sends the headers on a response; whoever writes them after that is not heard. */
export function headersSender(response: ResponseHead): (headers: Headers) => void {
  return (headers) => {
    if (response.headersSent) return;
    response.writeHead(200, Object.fromEntries(headers));
    response.writeHead = () => response;
  };
}

/**
 * Has a response send the message of an error with no more than gRPC asks for percent-encoded: there are clients that give
 * back the rest of it as it was sent.
 */
export function plainMessages(response: ResponseHead): void {
  const addTrailers = response.addTrailers.bind(response);
  response.addTrailers = (trailers) => {
    const message = trailers["grpc-message"];
    addTrailers(typeof message === "string" ? { ...trailers, "grpc-message": respell(message) } : trailers);
  };
}

function respell(message: string): string {
  return message.replaceAll(/%(?:2[1-46-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}
