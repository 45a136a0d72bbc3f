/** Bytes of tokens put together to text. */

/**
 * Decodes UTF-8 that comes in pieces cut anywhere; what it gives out never ends inside a character.
 *
 * Bytes that are no UTF-8 become U+FFFD. A byte order mark is text like any other.
 */
export class IncrementalTextDecoder {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Whether nothing can be pending, known when the last byte was a character of its own. */
  #isClean = true;

  /** The text that is complete with these bytes; empty while a character is not. */
  write(bytes: Uint8Array): string {
    const { length } = bytes;
    if (length === 0) return "";
    if (this.#isClean && length <= 16) {
      const text = ascii(bytes);
      if (text !== undefined) return text;
    }
    this.#isClean = (bytes[length - 1] as number) < 0x80;
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What is left: U+FFFD when the bytes end inside a character. The decoder can be used anew. */
  end(): string {
    if (this.#isClean) return "";
    this.#isClean = true;
    return this.#decoder.decode();
  }
}

/** The text of bytes that are all below 0x80; a native decoder costs more than most tokens are long. */
function ascii(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
