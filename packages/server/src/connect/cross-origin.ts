/** Calls from pages of other hosts. */
import { cors } from "@connectrpc/connect";

/** What is used of a response of node:http and node:http2. */
export interface PageResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(): unknown;
}

/** Lets pages of an origin read the answer. */
export function allowOrigin(response: PageResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", cors.exposedHeaders.join(", "));
  response.setHeader("vary", "origin");
}

/** Tells a browser what pages may send, where it asks before a call. */
export function answerPreflight(response: PageResponse, headers: string | undefined): void {
  response.setHeader("access-control-allow-methods", "POST");
  response.setHeader("access-control-allow-headers", headers ?? cors.allowedHeaders.join(", "));
  response.setHeader("access-control-max-age", "600");
  response.statusCode = 204;
  response.end();
}
