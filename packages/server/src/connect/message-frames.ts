/** Messages as gRPC frames them: a byte of flags, the length in four bytes, the message. */
import { StageError } from "@iftk/core";

const headSize = 5;

/** Cuts bytes into the messages that they are, none of which is compressed. */
export class MessageFrames {
  readonly #maxBytes: number;
  readonly #onMessage: (bytes: Uint8Array) => void;
  /** The pieces of a frame that is not whole, and the bytes that are needed to go on with it. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  #needed = headSize;

  /** Takes the bytes that a message may have, and what is called with each: it has bytes of its own. */
  constructor(maxBytes: number, onMessage: (bytes: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
  }

  /** Takes the next bytes. Throws StageError, after the messages before it, for one that is too large or compressed. */
  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#needed) return;
    const all = this.#pieces.length === 1 ? bytes : joined(this.#pieces, this.#size);
    let at = 0;
    this.#needed = headSize;
    while (all.length - at >= headSize) {
      const frameSize = headSize + this.#lengthAt(all, at);
      if (all.length - at < frameSize) {
        this.#needed = frameSize;
        break;
      }
      this.#onMessage(new Uint8Array(all.subarray(at + headSize, at + frameSize)));
      at += frameSize;
    }
    this.#pieces = at < all.length ? [all.subarray(at)] : [];
    this.#size = all.length - at;
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const byte = (index: number): number => bytes[at + index] as number;
    const length = byte(1) * 2 ** 24 + byte(2) * 2 ** 16 + byte(3) * 2 ** 8 + byte(4);
    if (length > this.#maxBytes) throw new StageError("resource_exhausted", `A message of ${length} bytes is larger than the ${this.#maxBytes} bytes that this server takes.`, { reason: "too-large" });
    if ((byte(0) & 1) === 1) throw new StageError("internal", "A message is compressed, but its call does not say how.");
    return length;
  }

  /** To be called after the last bytes. Throws StageError `invalid_argument` where a frame is not whole. */
  end(): void {
    if (this.#size > 0) throw new StageError("invalid_argument", "The call ended within a message.", { reason: "truncated" });
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
