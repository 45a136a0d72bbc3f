/** Replies that come as events, or as one document. */
import { concat, from, type Stream, sync } from "@iftk/core";
import { sseEvents } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { truncated } from "./failure.js";
import { jsonIn } from "./send.js";

/** Makes the pieces of one reply. */
export interface PieceReader<Piece> {
  /** Whether the event is the API's terminal mark. */
  isLast(event: SseEvent): boolean;
  /** The pieces that an event holds. Throws the StageError that it tells of. */
  take(event: SseEvent): readonly Piece[];
  /** The pieces of a reply that came as one JSON document. */
  takeWhole(value: unknown): Iterable<Piece> | AsyncIterable<Piece>;
  /** Throws StageError `unavailable`, reason `truncated`, where the reply is not over. */
  end(): readonly Piece[];
}

/** How a reply is read. */
export interface ReadReplyOptions {
  readonly signal: AbortSignal;
  /** The most characters of an event; 16 Mi by default. */
  readonly maxEventSize?: number;
  /** The most bytes of a document; 32 MiB by default. */
  readonly maxBytes?: number;
  /** What is read after the bytes of events. */
  readonly tail?: Iterable<Uint8Array>;
}

/** The pieces of a reply. What comes as a document is one from a server that does not stream, an error told with a status of success, or a page. */
export function readReply<Piece>(connection: Connection, reader: PieceReader<Piece>, response: Response, { signal, maxEventSize, maxBytes, tail }: ReadReplyOptions): Stream<Piece> {
  if (!response.body) throw truncated(connection);
  if (isDocument(response)) return wholeReply(connection, reader, response, signal, maxBytes);
  const bytes = tail ? concat(from(response.body), from(tail)) : response.body;
  const events = sseEvents(bytes, { provider: connection.provider, maxEventSize, isLast: (event) => reader.isLast(event) });
  return sync("parts", () => reader)(events);
}

/** Whether what comes is a document, by its content type. */
export function isDocument({ headers }: Pick<Response, "headers">): boolean {
  return /\b(?:json|html|xml)\b/iu.test(headers.get("content-type") ?? "");
}

async function* wholeReply<Piece>(connection: Connection, reader: PieceReader<Piece>, response: Response, signal: AbortSignal, maxBytes?: number): AsyncGenerator<Piece, void, undefined> {
  yield* reader.takeWhole(await jsonIn(connection, response, signal, maxBytes));
}
