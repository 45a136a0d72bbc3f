/** Services on node:http and node:http2. */
import { createConnectRouter, createContextValues, type ConnectRouter } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip, type connectNodeAdapter } from "@connectrpc/connect-node";
import { allowOrigin, answerPreflight } from "./cross-origin.js";
import { headersSender, plainMessages, sendHeaders } from "./early-headers.js";
import { toCall, writeAnswer } from "./node-call.js";
import { requestBody } from "./request-reader.js";

/** A listener for the requests of node:http, node:https and node:http2. */
export type ConnectListener = ReturnType<typeof connectNodeAdapter>;

export interface ConnectListenerOptions {
  /** Answers the requests that are for no method of the services; 404 without it. */
  readonly fallback?: ConnectListener;
  /** Origins of other hosts whose pages may call, such as `https://app.example.com`. */
  readonly origins?: readonly string[];
}

/**
 * Serves services in the protocols Connect, gRPC and gRPC-Web.
 *
 * gRPC needs HTTP/2, and so has every method that takes a stream and gives one; the other methods also work in
 * Connect and gRPC-Web over HTTP/1.1.
 */
export function connectListener(routes: (router: ConnectRouter) => void, { fallback = notFound, origins }: ConnectListenerOptions = {}): ConnectListener {
  const router = createConnectRouter({ acceptCompression: [compressionGzip, compressionBrotli] });
  routes(router);
  const allowed = new Set(origins);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (!handler) return fallback(request, response);
    const { origin } = request.headers;
    if (origin !== undefined && allowed.has(origin)) {
      allowOrigin(response, origin);
      if (request.method === "OPTIONS") return answerPreflight(response, request.headers["access-control-request-headers"]);
    }
    plainMessages(response);
    async function answer(found: NonNullable<typeof handler>): Promise<void> {
      const values = createContextValues().set(sendHeaders, headersSender(response)).set(requestBody, request);
      await writeAnswer(await found(toCall(request, response, values)), response);
    }
    // It fails where the caller has gone, of which the run hears by its signal, and where a request names no host.
    answer(handler).catch(() => {
      if (response.headersSent) return void response.destroy();
      response.statusCode = 400;
      response.end();
    });
  };
}

const notFound: ConnectListener = (_request, response) => {
  response.statusCode = 404;
  response.end();
};
