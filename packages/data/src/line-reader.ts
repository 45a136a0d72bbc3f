/** Lines out of bytes that are cut anywhere. */
import { StageError } from "@iftk/core";
import { tooLarge } from "./item-parser.js";

const lineFeed = 0x0a;
const byteOrderMark = "\uFEFF";

/** Takes bytes and hands on the text of each line, without the line feed that ends it; a carriage return before that is left to the taker. */
export class LineReader {
  readonly #label: string;
  readonly #maxSize: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The beginning of a line: the first bytes of a buffer that doubles when it is full. */
  #rest = new Uint8Array(0);
  #restSize = 0;
  #number = 0;

  constructor(label: string, maxSize: number) {
    this.#label = label;
    this.#maxSize = maxSize;
  }

  /** Where the line is that was handed on last, such as `reviews.jsonl:17`. */
  get place(): string {
    return `${this.#label}:${this.#number}`;
  }

  push(bytes: Uint8Array, give: (line: string) => unknown): void {
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
      this.#give(bytes.subarray(start, end), give);
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** The last line need not end in a line feed; a byte order mark alone is none. */
  end(give: (line: string) => unknown): void {
    if (this.#restSize > 0) this.#give(new Uint8Array(0), (line) => line && give(line));
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#restSize + bytes.length;
    if (size > this.#maxSize) throw tooLarge(`${this.#label}:${this.#number + 1}`, this.#maxSize);
    if (size > this.#rest.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#rest.length));
      larger.set(this.#rest.subarray(0, this.#restSize));
      this.#rest = larger;
    }
    this.#rest.set(bytes, this.#restSize);
    this.#restSize = size;
  }

  #give(bytes: Uint8Array, give: (line: string) => unknown): void {
    let line = bytes;
    if (this.#restSize > 0) {
      this.#keep(bytes);
      line = this.#rest.subarray(0, this.#restSize);
      this.#restSize = 0;
    }
    this.#number++;
    if (line.length > this.#maxSize) throw tooLarge(this.place, this.#maxSize);
    const text = this.#decode(line);
    give(this.#number === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text);
  }

  #decode(line: Uint8Array): string {
    try {
      return this.#decoder.decode(line);
    } catch (cause) {
      throw new StageError("invalid_argument", `${this.place}: not UTF-8`, { cause });
    }
  }
}
