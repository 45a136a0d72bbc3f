/** What a fake provider answers, and the bytes it is on the wire. */

/** How the reply ends after its last piece: properly, by closing the socket with the body unfinished, by a reset of the connection, or never. */
export type FakeEnd = "end" | "cut" | "reset" | "hang";

/** A piece of a body; each is written to the socket by itself. */
export type Piece = string | Uint8Array;

/** An answer of a fake provider. */
export interface FakeReply {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text, bytes, pieces of either, or any other value, which is sent as JSON; without it nothing is sent. */
  readonly body?: Piece | readonly Piece[] | AsyncIterable<Piece> | object;
  /** "end" by default. */
  readonly end?: FakeEnd;
}

/** A reply as it goes out, which is what faults change. */
export interface WireReply {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly end: FakeEnd;
}

const isPiece = (value: unknown): value is Piece => typeof value === "string" || value instanceof Uint8Array;
const isPieces = (value: unknown): value is readonly Piece[] => Array.isArray(value) && value.every(isPiece);
const isStream = (value: object): value is AsyncIterable<Piece> => Symbol.asyncIterator in value;

/**
 * The reply as it goes out. Its body is sent in chunks unless the headers name a length.
 *
 * Without a content type, JSON is given that of JSON, pieces that of an event stream, bytes that of any bytes.
 */
export function wireReply({ status = 200, headers = {}, body, end = "end" }: FakeReply): WireReply {
  const [contentType, pieces] = contentOf(body);
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, headers: { ...(contentType === undefined ? {} : { "content-type": contentType }), ...given }, pieces: asBytes(pieces), end };
}

function contentOf(body: FakeReply["body"]): readonly [contentType: string | undefined, pieces: readonly Piece[] | AsyncIterable<Piece>] {
  if (body === undefined) return [undefined, []];
  if (typeof body === "string") return ["text/plain; charset=utf-8", [body]];
  if (body instanceof Uint8Array) return ["application/octet-stream", [body]];
  if (isPieces(body)) return [typeof body[0] === "string" ? "text/event-stream; charset=utf-8" : "application/octet-stream", body];
  if (isStream(body)) return ["text/event-stream; charset=utf-8", body];
  return ["application/json", [JSON.stringify(body)]];
}

async function* asBytes(pieces: Iterable<Piece> | AsyncIterable<Piece>): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield typeof piece === "string" ? encoder.encode(piece) : piece;
}
