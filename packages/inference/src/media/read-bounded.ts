/** Streams of bytes that are read whole. */
import { Buffer } from "node:buffer";
import { forEach, StageError, type Stream } from "@iftk/core";

/** Bytes of a medium, where nothing else is said. */
export const defaultMaxBytes = 64 * 2 ** 20;

/** The error for a medium that is larger than it may be. */
export function tooLarge(maxBytes: number): StageError {
  return new StageError("resource_exhausted", `the medium is larger than ${maxBytes} bytes; raise maxBytes if that is what you want`, { reason: "too-large" });
}

/** All bytes of a stream, which is closed when they are too many. */
export async function readBounded(stream: Stream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await forEach(stream, (piece) => {
    size += piece.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  });
  return Buffer.concat(pieces, size);
}
