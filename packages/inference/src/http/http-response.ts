/** The answer to a request that was not refused. */
import { forEach, StageError, type Stream } from "@iftk/core";
import { malformed } from "./parse-json.js";

/** An answer whose body is read once, in one of three ways, or closed. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
  /** The body as it comes; one that is cut short throws StageError `unavailable`, reason `truncated`. */
  readonly bytes: Stream<Uint8Array>;
  /** The body as JSON: 32 MiB of it at most, unless told otherwise. Throws StageError `unavailable`, reason `malformed`, for anything else, and `resource_exhausted`, reason `too-large`. */
  json(maxBytes?: number): Promise<unknown>;
  /** The body as text, with the same bound. */
  text(maxBytes?: number): Promise<string>;
  /** Lets the body go unread. */
  close(): void;
}

// Taken at load: what passes while a network answers is real time, also in a test that moves a clock of its own.
const { setTimeout, clearTimeout } = globalThis;

/** Bytes of a body that is read whole, where nothing else is said. */
const defaultMaxBytes = 32 * 2 ** 20;

/** The ways to read a body that nobody has read. */
export function responseOf(provider: string, { status, headers, url, bytes, close }: Pick<HttpResponse, "status" | "headers" | "url" | "bytes" | "close">): HttpResponse {
  const text = (maxBytes = defaultMaxBytes): Promise<string> => textOf(provider, bytes, maxBytes);
  return {
    status,
    headers,
    url,
    bytes,
    close,
    text,
    async json(maxBytes) {
      const body = await text(maxBytes);
      try {
        return JSON.parse(body) as unknown;
      } catch {
        throw malformed(provider, body);
      }
    },
  };
}

async function textOf(provider: string, bytes: Stream<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  await forEach(bytes, (piece) => {
    size += piece.length;
    if (size > maxBytes) throw new StageError("resource_exhausted", `${provider}: the reply is larger than ${maxBytes} bytes`, { reason: "too-large" });
    text += decoder.decode(piece, { stream: true });
  });
  return text + decoder.decode();
}

/** The start of a body: what comes within so many bytes and milliseconds, whatever becomes of the rest. */
export async function startOf({ bytes, close }: Pick<HttpResponse, "bytes" | "close">, maxBytes: number, maxWait: number): Promise<string> {
  const decoder = new TextDecoder();
  let left = maxBytes;
  let text = "";
  const timer = setTimeout(close, maxWait);
  try {
    for await (const piece of bytes) {
      text += decoder.decode(piece.subarray(0, left), { stream: true });
      left -= piece.length;
      if (left <= 0) break;
    }
  } catch {
    // What came of it is what is known.
  } finally {
    clearTimeout(timer);
  }
  return text;
}
