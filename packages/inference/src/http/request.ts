/** HTTP requests to providers. */
import { Readable } from "node:stream";
import { bidi, readyStream, StageError, type Stream } from "@iftk/core";
import { getGlobalDispatcher, type Dispatcher } from "undici";
import { Exchange, type Head } from "./exchange.js";
import { formBody } from "./form-body.js";
import { headerOf } from "./headers.js";
import { responseOf, startOf, type HttpResponse } from "./http-response.js";
import { acceptedCodings, inflate } from "./inflate.js";
import { networkFailure } from "./network-failure.js";
import { providerError } from "./provider-error.js";

/** A request to a provider. Times are in milliseconds. */
export interface RequestOptions {
  /** Whom errors name. */
  readonly provider: string;
  /** GET, or POST where there is a body, unless told otherwise. */
  readonly method?: string | undefined;
  readonly url: string | URL;
  readonly headers?: Headers | Readonly<Record<string, string | undefined>> | undefined;
  /** A stream is sent as it is read, no faster than the network takes it. */
  readonly body?: string | Uint8Array | FormData | Stream<Uint8Array> | undefined;
  readonly signal: AbortSignal | undefined;
  /** Keys that an error may echo. */
  readonly secrets?: readonly string[] | undefined;
  /** How long a connection may take; 10,000 by default, or what a `dispatcher` that is given has set. */
  readonly connectTimeout?: number | undefined;
  /** How long the answer may take to begin; 600,000 by default. */
  readonly headersTimeout?: number | undefined;
  /** How long the body may be silent; 600,000 by default. */
  readonly bodyTimeout?: number | undefined;
  /** What makes the connections: an Agent or ProxyAgent of undici; the global one by default. */
  readonly dispatcher?: Dispatcher | undefined;
}

// Taken at load: what passes while a network answers is real time, also in a test that moves a clock of its own.
const { setTimeout, clearTimeout } = globalThis;

/** How much of a refusal is read, in bytes, and for how long, in milliseconds. */
const refusal = { maxBytes: 65_536, maxWait: 10_000 };

/**
 * Sends a request and gives the answer once its headers are there. Redirects are not followed.
 *
 * Throws what `providerError` makes of a status that is not 2xx, StageError `unavailable` with reason `connection` for failures
 * of the network, and the signal's reason when it fires, now or while the body is read.
 */
export async function request(options: RequestOptions): Promise<HttpResponse> {
  const response = await answerTo(options);
  return response.status >= 200 && response.status < 300 ? response : refuse(options, response);
}

/** The answer, whatever its status. */
export async function answerTo(options: RequestOptions): Promise<HttpResponse> {
  const { provider, signal } = options;
  signal?.throwIfAborted();
  const url = parseUrl(provider, options.url);
  const exchange = send(options, url);
  const { status, headers } = await exchange.head;
  const hasBody = options.method !== "HEAD" && status !== 204;
  const bytes = hasBody ? bodyOf(provider, exchange, headers, signal) : unread(exchange);
  return responseOf(provider, { status, headers: headersOf(headers), url: url.href, bytes, close: () => exchange.close() });
}

/** Throws what the answer says against the request. */
export async function refuse({ provider, signal, secrets }: Pick<RequestOptions, "provider" | "signal" | "secrets">, response: HttpResponse): Promise<never> {
  const body = await startOf(response, refusal.maxBytes, refusal.maxWait);
  response.close();
  signal?.throwIfAborted();
  throw providerError({ provider, status: response.status, headers: response.headers, body, secrets });
}

function parseUrl(provider: string, url: string | URL): URL {
  const parsed = typeof url === "string" ? (URL.canParse(url) ? new URL(url) : undefined) : url;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw new StageError("invalid_argument", `${provider}: the URL of the request is not one of http or https; check the base URL`);
}

function send(options: RequestOptions, url: URL): Exchange {
  const { provider, signal, dispatcher = getGlobalDispatcher(), headersTimeout = 600_000, bodyTimeout = 600_000 } = options;
  const connectTimeout = options.connectTimeout ?? (options.dispatcher ? undefined : 10_000);
  const timer = connectTimeout === undefined ? undefined : setTimeout(() => exchange.fail(new StageError("unavailable", `${provider}: no connection within ${connectTimeout} ms`, { reason: "connection" })), Math.min(connectTimeout, 2 ** 31 - 1)); // a longer timer fires at once
  const body = bodyToSend(options.body, (error) => exchange.fail(error));
  const exchange = new Exchange(provider, signal, {
    onStart: () => clearTimeout(timer),
    onOver() {
      clearTimeout(timer);
      if (body instanceof Readable) body.destroy();
    },
  });
  try {
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: options.method ?? (body === null ? "GET" : "POST"),
        headers: { "accept-encoding": acceptedCodings, "user-agent": "iftk", ...plain(options.headers) },
        body,
        headersTimeout,
        bodyTimeout,
      },
      exchange,
    );
  } catch (error) {
    exchange.fail(networkFailure(provider, error, "before"));
  }
  return exchange;
}

function plain(headers: RequestOptions["headers"]): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers ?? {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]])));
}

function bodyToSend(body: RequestOptions["body"], fail: (error: unknown) => void): string | Uint8Array | Readable | null {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body ?? null;
  // undici takes a Blob, although its types do not say so; forms of the runtime it does not.
  if (body instanceof FormData) return formBody(body) as unknown as Readable;
  return Readable.from(reporting(body, fail), { objectMode: false });
}

/** The stream, which tells of its failure before the network hears that there is no more to send. */
async function* reporting(body: Stream<Uint8Array>, fail: (error: unknown) => void): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    fail(error);
    throw error;
  }
}

function headersOf(headers: Head["headers"]): Headers {
  const made = new Headers();
  for (const [name, value] of Object.entries(headers)) for (const one of typeof value === "string" ? [value] : (value ?? [])) made.append(name, one);
  return made;
}

const unread = (exchange: Exchange): Stream<Uint8Array> => readyStream<Uint8Array>(() => exchange, () => exchange.close());

function bodyOf(provider: string, exchange: Exchange, headers: Head["headers"], signal: AbortSignal | undefined): Stream<Uint8Array> {
  const coding = headerOf(headers, "content-encoding");
  if (!coding) return unread(exchange);
  // The decoder works on another thread, which an abort would have to wait for: a stage does not wait.
  const decoded = bidi((compressed: Stream<Uint8Array>) => inflate(provider, compressed, coding));
  return decoded(unread(exchange), signal ? { signal } : {});
}
