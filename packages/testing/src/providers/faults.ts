/** What goes wrong between a provider and its client, as changes of the reply on the wire. */
import { constants, createGzip } from "node:zlib";
import { wireReply, type FakeEnd, type FakeReply, type WireReply } from "./fake-reply.js";
import type { FakeRequest } from "./fake-request.js";

/** Makes another reply of the true one. While it does not resolve, the client is given nothing, not even headers. */
export type Fault = (reply: WireReply, request: FakeRequest) => WireReply | Promise<WireReply>;

type Pieces = AsyncIterable<Uint8Array>;

/** The faults; each acts on the bytes that go out and leaves the rest of the reply as it is. */
export const faults = {
  /** The reply as it is, for a request between two that are not. */
  none: (): Fault => (reply) => reply,
  /** The faults one after the other, each on what the one before it made: `all(gzip(), chop(1))`. */
  all:
    (...each: readonly Fault[]): Fault =>
    async (reply, request) => {
      let changed = reply;
      for (const fault of each) changed = await fault(changed, request);
      return changed;
    },

  /** Another status in place of the reply, by default with a JSON error that names it. */
  status: (status: number, { headers, body }: Pick<FakeReply, "headers" | "body"> = {}): Fault => () => wireReply({ status, headers: headers ?? {}, body: body ?? { error: { message: `This is status ${status}.` } } }),
  /** An error whose text holds the headers and the query that carried the key; 401 by default. */
  echoKey: (status = 401): Fault => (_, request) => wireReply({ status, body: { error: { message: wordsWithKey(request) } } }),
  /** The same told within a stream, as an event of the type `error`. */
  echoKeyInEvent: (): Fault => (_, request) =>
    wireReply({ headers: { "content-type": "text/event-stream" }, body: `event: error\ndata: ${JSON.stringify({ type: "error", error: { type: "api_error", message: wordsWithKey(request) } })}\n\n` }),
  /** The page of a proxy, with status 200. */
  html: (): Fault => () => wireReply({ headers: { "content-type": "text/html; charset=utf-8" }, body: "<!doctype html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n" }),
  /** The status and headers of the reply, and no body. */
  empty: (): Fault => (reply) => ({ ...withoutLength(reply), pieces: nothing(), end: "end" }),
  /** No answer at all; the connection stays open. */
  hold: (): Fault => () => new Promise(() => {}),
  /** The whole reply, headers included, once the promise resolves. */
  slowFirstByte:
    (until: PromiseLike<unknown>): Fault =>
    async (reply) => {
      await until;
      return reply;
    },

  /** So many bytes of the body, and then an end as if that were all. */
  truncate: (afterBytes: number): Fault => (reply) => ({ ...withoutLength(reply), pieces: head(reply.pieces, afterBytes), end: "end" }),
  /** So many bytes of the body, and then the socket is closed with the body unfinished. */
  cut: (afterBytes: number): Fault => brokenOff(afterBytes, "cut"),
  /** So many bytes of the body, and then the connection is reset. */
  reset: (afterBytes: number): Fault => brokenOff(afterBytes, "reset"),
  /** So many bytes of the body, and then nothing; the connection stays open. */
  stall: (afterBytes: number): Fault => brokenOff(afterBytes, "hang"),

  /** All bytes, those after so many with every bit flipped. */
  garbage: (afterBytes: number): Fault => (reply) => ({ ...reply, pieces: flipped(reply.pieces, afterBytes) }),
  /** All bytes, in pieces of so many: it splits events, lines and characters. Throws RangeError for pieces of less than a byte. */
  chop(size: number): Fault {
    if (!(size >= 1)) throw new RangeError(`A piece has at least one byte, not ${size}.`);
    return (reply) => ({ ...reply, pieces: chopped(reply.pieces, Math.floor(size)) });
  },
  /** The body compressed, each piece so that it can be read when it comes; where the client does not accept gzip, the reply as it is. */
  gzip: (): Fault => (reply, request) => (acceptsGzip(request) ? compressed(reply) : reply),
  /** So many bytes of the compressed body, and then an end as if that were all; where the client does not accept gzip, of the body as it is. */
  gzipCut: (afterBytes: number): Fault => (reply, request) => faults.truncate(afterBytes)(acceptsGzip(request) ? compressed(reply) : reply, request),
};

/** Keeps the headers, a content length too, which then says more than comes. */
const brokenOff = (afterBytes: number, end: FakeEnd): Fault => (reply) => ({ ...reply, pieces: head(reply.pieces, afterBytes), end });

/** The reply without a content length that no longer holds; its body is sent in chunks. */
function withoutLength(reply: WireReply): WireReply {
  const { "content-length": _, ...headers } = reply.headers;
  return { ...reply, headers };
}

function compressed(reply: WireReply): WireReply {
  const chunked = withoutLength(reply);
  return { ...chunked, headers: { ...chunked.headers, "content-encoding": "gzip" }, pieces: gzipped(reply.pieces) };
}

const acceptsGzip = ({ headers }: FakeRequest): boolean => /\bgzip\b/.test(headers.get("accept-encoding") ?? "");

const secretHeader = /auth|key|token|secret/i;

/** Words that hold what carried the key twice: bare, so that nothing about it tells that it is one, and with its name. */
function wordsWithKey({ headers, query }: FakeRequest): string {
  const secrets = [...headers, ...query].filter(([name]) => secretHeader.test(name));
  const bare = secrets.map(([, value]) => value.replace(/^\w+\s+/, ""));
  return `${bare.join(" and ")} will not do: ${secrets.map(([name, value]) => `${name}: ${value}`).join(", ")}.`;
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

async function* head(pieces: Pieces, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = bytes;
  if (left <= 0) return;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* flipped(pieces: Pieces, afterBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  for await (const piece of pieces) {
    const from = position;
    yield piece.map((byte, index) => (from + index < afterBytes ? byte : byte ^ 0xff));
    position += piece.length;
  }
}

async function* chopped(pieces: Pieces, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) for (let from = 0; from < piece.length; from += size) yield piece.subarray(from, from + size);
}

async function* gzipped(pieces: Pieces): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip();
  const ready: Uint8Array[] = [];
  gzip.on("data", (chunk: Uint8Array) => void ready.push(chunk));
  try {
    for await (const piece of pieces) {
      gzip.write(piece);
      await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
      yield* ready.splice(0);
    }
    await new Promise<void>((resolve) => void gzip.end().once("end", resolve));
    yield* ready.splice(0);
  } finally {
    gzip.destroy();
  }
}
