/** Requests of node:http and node:http2 as they are asked, and as Web requests. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { StageError } from "@iftk/core";
import { BodyPieces, decodeText, tooLarge } from "./body-pieces.js";
import type { Caller } from "./caller.js";
import type { Asked } from "./exchange.js";

/** A request of either version of HTTP. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** Bytes of an unwanted body that are read away before the connection is cut. */
const discardLimit = 2 ** 24;

/** What a message of node:http asks. */
export class AskedByNode implements Asked {
  readonly method: string;
  readonly path: string;
  readonly caller: Caller;
  readonly #incoming: NodeRequest;

  /** Throws StageError `invalid_argument` where host or URL are none. */
  constructor(incoming: NodeRequest, caller: Caller) {
    this.method = incoming.method ?? "GET";
    this.path = pathOf(incoming);
    this.caller = caller;
    this.#incoming = incoming;
  }

  host(): string {
    return urlOf(this.#incoming).host;
  }

  header(name: string): string | undefined {
    const value: unknown = this.#incoming.headers[name]; // of names such as "constructor" there is something else
    return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : undefined;
  }

  text(maxBytes: number): Promise<string> {
    return readText(this.#incoming, maxBytes);
  }
}

/** Paths that a URL gives back as they are. */
const normalPath = /^(?:\/[\w~-][\w.~-]*)+$/;

/** The last host that made a URL, and the last path that is as it was: most requests are for the same ones, and a URL costs more than all else of a short request. */
let knownHost: string | undefined;
let knownPath: string | undefined;

function pathOf(incoming: NodeRequest): string {
  const { url = "/" } = incoming;
  const host = hostOf(incoming);
  if (host === knownHost) {
    if (url === knownPath) return knownPath;
    if (normalPath.test(url)) return (knownPath = url);
  }
  const { pathname } = orMalformed(() => urlOf(incoming));
  knownHost = host;
  return pathname;
}

function hostOf(incoming: NodeRequest): string {
  return incoming.headers.host ?? ("authority" in incoming && incoming.authority ? incoming.authority : "localhost");
}

/** The Web request for a message of node:http. Its body is read only as it is pulled. Throws StageError `invalid_argument` where host or URL are none. */
export function nodeRequest(incoming: NodeRequest, signal: AbortSignal): Request {
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  return orMalformed(
    () =>
      new Request(urlOf(incoming), {
        method,
        headers: headersOf(incoming),
        signal,
        ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
      }),
  );
}

function orMalformed<T>(make: () => T): T {
  try {
    return make();
  } catch {
    throw new StageError("invalid_argument", "The request's host, URL, method or headers are malformed.", { reason: "malformed" });
  }
}

function cutBody(): StageError {
  return new StageError("canceled", "The request was cut before its body was whole.", { reason: "caller-left" });
}

async function readText(incoming: NodeRequest, maxBytes: number): Promise<string> {
  await Promise.resolve(); // by then all is there that came with the head
  const { readableLength: size, readableFlowing } = incoming;
  if (size === 0 || readableFlowing !== null || size !== Number(incoming.headers["content-length"])) {
    const pieces = new BodyPieces(maxBytes);
    await readBody(incoming, (bytes) => pieces.add(bytes));
    return pieces.text();
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  const bytes = incoming.read() as Buffer;
  incoming.resume(); // to its end, after which node forgets it
  const text = bytes.toString();
  // What is not UTF-8 becomes this character; its own bytes do, too.
  return text.includes("\ufffd") || text.startsWith("\ufeff") ? decodeText(bytes) : text;
}

/** Gives the bytes of the body to the function; when it throws, the rest is left unread. */
function readBody(incoming: NodeRequest, take: (bytes: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const detach = (): void => void incoming.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
    const fail = (error: unknown): void => {
      detach();
      incoming.pause();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      detach();
      resolve();
    };
    const onClose = (): void => fail(cutBody());
    if (incoming.destroyed) return onClose();
    incoming.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  });
}

/** Reads away what is left of a body, so that its sender gets to read the answer; cuts the connection of one that goes on and on. */
export function discardBody(incoming: NodeRequest): void {
  if (incoming.complete || incoming.destroyed) return;
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > discardLimit) cut(incoming);
  });
  incoming.resume();
}

function cut(incoming: NodeRequest): void {
  if ("stream" in incoming) incoming.stream.close(noError);
  else incoming.destroy();
}

/** The code of HTTP/2 by which a server says that it needs no more of a body (RFC 9113, section 8.1). */
const noError = 0;

function urlOf(incoming: NodeRequest): URL {
  const target = incoming.url ?? "/";
  const scheme = "encrypted" in incoming.socket && incoming.socket.encrypted ? "https" : "http";
  // A target may also be a whole URL, as proxies get it, or "*"; what it says of the host does not count.
  const path = target.startsWith("/") ? target : URL.canParse(target) ? partsOf(new URL(target)) : "/";
  const host = hostOf(incoming);
  if (/[/?#@\\\s]/.test(host)) throw new TypeError("malformed host");
  return new URL(`${scheme}://${host}${path}`);
}

function partsOf({ pathname, search }: URL): string {
  return pathname + search;
}

function headersOf(incoming: NodeRequest): Headers {
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!name.startsWith(":")) headers.append(name, rawHeaders[index + 1] as string); // HTTP/2 says there what the first line of HTTP/1.1 does
  }
  return headers;
}

function bodyOf(incoming: NodeRequest): ReadableStream<Uint8Array> {
  let isOpen = false;
  let detach = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (!isOpen) {
          isOpen = true;
          const onData = (chunk: Buffer): void => {
            incoming.pause();
            controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
          };
          const onEnd = (): void => {
            detach();
            controller.close();
          };
          const onClose = (): void => {
            detach();
            controller.error(cutBody());
          };
          detach = () => void incoming.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
          incoming.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
        }
        incoming.resume();
      },
      cancel() {
        detach();
        incoming.pause();
      },
    },
    { highWaterMark: 0 },
  );
}
