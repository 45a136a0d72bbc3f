/** Bytes that can be read again and again. */
import { flatMap, from, outputStream, pipe, StageError, type Call, type OutputStream, type Readable, type Stream } from "@iftk/core";
import { openAnew } from "./open-anew.js";

/** The bytes of one reading: all at once or in pieces, such as the body of a response; null, the body of a response without one, is no bytes. */
export type Bytes = Uint8Array | Blob | Readable<Uint8Array> | null;

/** Bytes in memory, a Blob or a File of a browser, or a function that opens the bytes for each reading; its name is the name of the source. */
export type ByteSource = Uint8Array | Blob | ((call: Call) => Bytes | Promise<Bytes>);

/** Bytes are handed on in pieces of this size at most, so that few items are made at once. */
const pieceSize = 2 ** 16;

/** The name of a file or of a function that opens one; otherwise what is given. */
export function nameOf(source: ByteSource, otherwise: string): string {
  return (source as Partial<File>).name || otherwise;
}

/**
 * Opens the source for each reading.
 *
 * @throws StageError `invalid_argument` for what can be read once only.
 */
export function openBytes(source: ByteSource): OutputStream<undefined, Uint8Array> {
  if (typeof source !== "function" && !ArrayBuffer.isView(source) && !isBlob(source)) {
    throw new StageError("invalid_argument", "not bytes that can be read again: give a Uint8Array, a Blob, or a function that opens them, such as () => fetch(url).then((response) => response.body)");
  }
  return pipe(openAnew<Bytes>(source), outputStream(read), flatMap(pieces));
}

function read(bytes: Bytes): Stream<Uint8Array> {
  if (bytes === null || ArrayBuffer.isView(bytes)) return from(bytes ? [bytes] : []);
  return from(isBlob(bytes) ? bytes.stream() : bytes);
}

function isBlob(value: unknown): value is Blob {
  return typeof (value as Partial<Blob> | null)?.stream === "function";
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  if (!ArrayBuffer.isView(bytes)) throw new StageError("invalid_argument", `a source of bytes gave a value of type ${typeof bytes}; give Uint8Arrays`);
  for (let start = 0; start < bytes.length; start += pieceSize) yield bytes.subarray(start, start + pieceSize);
}
