/** Data streams of the items of a JSON array. */
import { StageError } from "@iftk/core";
import { Tokenizer, TokenParser, TokenType } from "@streamparser/json";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { parseWith, saidBy, tooLarge, type ItemParser, type ReadOptions } from "./item-parser.js";
import { LineCounter } from "./line-counter.js";

/** How a byte order mark begins, which the tokenizer does not count; no JSON begins so. */
const byteOrderMark = { begin: 0xef, size: 3 };

/**
 * The items of a JSON array, which is read as it comes: no more than one item and what has just been read is held.
 *
 * A reading fails with StageError `invalid_argument`, which names the line and the item's number, where the bytes are not one
 * JSON array in UTF-8; the reason is `truncated` where they end within it.
 */
export function fromJsonArray<T = unknown>(source: ByteSource, options: ReadOptions<T> = {}): DataStream<T> {
  return parseWith<unknown, T>("JSON array", source, options, (label, maxItemSize) => new JsonArrayParser(label, maxItemSize));
}

class JsonArrayParser implements ItemParser<unknown> {
  readonly #label: string;
  readonly #maxItemSize: number;
  readonly #tokenizer = new Tokenizer();
  readonly #parser = new TokenParser({ paths: ["$.*"], keepStack: false });
  readonly #lines = new LineCounter();
  #give: (item: unknown) => void = () => {};
  #given = 0;
  #isOpen = false;
  /** An item of which only the next token tells where it ends. */
  #held: { readonly item: unknown } | undefined;
  /** Bytes that were read; bytes before the item that is being read, and before the token that is. */
  #read = 0;
  #start = 0;
  #offset = -1;
  /** The line on which the item begins that is being read, 0 before its first token; that on which the one before it ends. */
  #line = 0;
  #lineBefore = 1;
  #markSize = 0;
  place: string;

  constructor(label: string, maxItemSize: number) {
    this.#label = label;
    this.place = label;
    this.#maxItemSize = maxItemSize;
    this.#tokenizer.onToken = (info) => {
      this.#offset = info.offset;
      if (!this.#isOpen && info.token !== TokenType.LEFT_BRACKET) throw new StageError("invalid_argument", `${this.#label}:${this.#lineAt(info.offset)}: not a JSON array; JSON values line by line are read by fromJsonl`);
      this.#checkSize(info.offset);
      if (this.#held) this.#hand(this.#held.item, info.offset);
      if (this.#line === 0 && this.#isOpen && info.token !== TokenType.COMMA) this.#line = this.#lineAt(info.offset);
      this.#isOpen = true;
      this.#parser.write(info);
    };
    this.#parser.onValue = ({ value }) => {
      if (typeof value === "object" && value !== null) this.#hand(value, this.#offset + 1);
      else this.#held = { item: value };
    };
  }

  push(bytes: Uint8Array, give: (item: unknown) => void): void {
    this.#give = give;
    if (this.#read === 0 && bytes[0] === byteOrderMark.begin) this.#markSize = byteOrderMark.size;
    this.#lines.push(bytes);
    this.#try(() => this.#tokenizer.write(bytes));
    this.#read += bytes.length;
    if (!this.#parser.isEnded) this.#checkSize(this.#read - byteOrderMark.size);
  }

  end(): void {
    // The tokenizer takes a number to be ended by the end, which may as well have cut it off.
    if (!this.#isOpen || this.#parser.isEnded) this.#try(() => this.#tokenizer.end());
    if (!this.#parser.isEnded) throw new StageError("invalid_argument", `${this.#placeOf(this.#lineAt(Infinity))}: the JSON array is cut off`, { reason: "truncated" });
  }

  #hand(item: unknown, end: number): void {
    this.#checkSize(end);
    this.place = this.#placeOf(this.#line);
    this.#start = end;
    this.#line = 0;
    this.#lineBefore = this.#lineAt(end);
    this.#held = undefined;
    this.#given++;
    this.#give(item);
  }

  #checkSize(end: number): void {
    if (end - this.#start > this.#maxItemSize) throw tooLarge(this.#placeOf(this.#line || this.#lineBefore), this.#maxItemSize);
  }

  /** The line of a byte, counted as the tokenizer does. */
  #lineAt(offset: number): number {
    return this.#lines.lineAt(offset + this.#markSize);
  }

  #placeOf(line: number): string {
    return `${this.#label}:${line}: item ${this.#given + 1}`;
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (StageError.is(cause)) throw cause;
      if (cause instanceof TypeError) throw new StageError("invalid_argument", `${this.#placeOf(this.#lines.lineOfNext(this.#offset + this.#markSize + 1))}: not UTF-8`, { cause });
      // The rest of the message tells states of the parser, and places in the piece that was read.
      const [, problem = "", position] = /^(Unexpected .*?)(?: at chunk position .*?\(absolute position "(\d+)"\)| in state)/s.exec((cause as Error).message) ?? [];
      const line = position === undefined ? this.#lineAt(this.#offset) : this.#lines.lineAt(Number(position));
      if (this.#parser.isEnded) throw new StageError("invalid_argument", `${this.#label}:${line}: something follows the JSON array`, { cause });
      throw new StageError("invalid_argument", `${this.#placeOf(line)}: not JSON${problem && `: ${saidBy(problem)}`}`, { cause });
    }
  }
}
