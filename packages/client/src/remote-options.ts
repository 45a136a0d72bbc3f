/** What may be said about calls of a remote stage. */
import { StageError } from "@iftk/core";
import type { Call, StageErrorOptions } from "@iftk/core";

/** What is needed of a WebSocket: those of browsers, of Node, Deno and Bun, and of the library ws have it. */
export interface WebSocketLike {
  binaryType: string;
  addEventListener(type: never, listener: never): void;
  send(message: string | Uint8Array): void;
  close(): void;
}

export interface RemoteOptions {
  /** Sent with each POST; a function is asked before each. A WebSocket can send none. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** The bearer token of each call; a function is asked before each. */
  readonly token?: string | (() => string | Promise<string>);
  /** The fetch to call with; the global one without it. */
  readonly fetch?: (url: string | URL, init: RequestInit) => Promise<Response>;
  /** The WebSocket to call with where the input is a stream; the global one without it. */
  readonly webSocket?: new (url: string, protocols: string[]) => WebSocketLike;
  /** Values that the server may send over a WebSocket ahead of who reads them; 64 without it. */
  readonly window?: number;
  /** Milliseconds to wait for the next content, which heartbeats are not; 60000 without it, 0 for ever. Where the server waits for a value of the input, that is no idling. */
  readonly idleTimeout?: number;
}

/** The token for one call. */
export async function tokenFor({ token }: RemoteOptions): Promise<string | undefined> {
  return typeof token === "function" ? token() : token;
}

/** The headers for one call by HTTP, the token among them. */
export async function headersOf(options: RemoteOptions): Promise<Headers> {
  const { headers } = options;
  const sent = new Headers(typeof headers === "function" ? await headers() : headers);
  const token = await tokenFor(options);
  if (token !== undefined) sent.set("authorization", `Bearer ${token}`);
  return sent;
}

/** Milliseconds until the deadline of a call; undefined where there is none, or none that a timer reaches. */
export function timeoutOf({ deadline = Infinity }: Call): number | undefined {
  const timeout = Math.max(0, Math.ceil(deadline - Date.now()));
  return timeout < 2 ** 31 ? timeout : undefined;
}

/** The error for a server that cannot be reached. */
export function connectionFailed(options?: StageErrorOptions): StageError {
  return new StageError("unavailable", "The connection to the server failed.", options);
}
