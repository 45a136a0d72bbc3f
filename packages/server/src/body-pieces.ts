/** The bytes of a body, gathered up to a bound. */
import { StageError } from "@iftk/core";

/** Pieces of a body, in the order in which they came. */
export class BodyPieces {
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece. Throws StageError `resource_exhausted` with reason `too-large` where they are more than the bound. */
  add(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    if (this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#pieces.push(bytes);
  }

  /** All of them as text. Throws StageError `invalid_argument` with reason `malformed` where they are not UTF-8. */
  text(): string {
    const [only] = this.#pieces;
    return decodeText(this.#pieces.length === 1 && only ? only : joined(this.#pieces, this.#size));
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text, without a mark of their order. Throws StageError `invalid_argument` with reason `malformed` where they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new StageError("invalid_argument", "The request body is not UTF-8; send the JSON in UTF-8.", { reason: "malformed" });
  }
}

/** Says that a body has more bytes than are taken. */
export function tooLarge(maxBytes: number): StageError {
  return new StageError("resource_exhausted", `The request body is larger than the ${maxBytes} bytes that this server takes.`, {
    reason: "too-large",
  });
}
