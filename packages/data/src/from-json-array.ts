/** Data streams of the items of a JSON array. */
import { StageError } from "@iftk/core";
import { Tokenizer, TokenParser, TokenType } from "@streamparser/json";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { parseWith, saidBy, tooLarge, type ItemParser, type ReadOptions } from "./item-parser.js";

/** The tokenizer does not count the mark. */
const byteOrderMarkSize = 3;

/**
 * The items of a JSON array, which is read as it comes: no more than one item and what has just been read is held.
 *
 * A reading fails with StageError `invalid_argument`, which names the item's number, where the bytes are not one JSON array
 * in UTF-8; the reason is `truncated` where they end within it.
 */
export function fromJsonArray<T = unknown>(source: ByteSource, options: ReadOptions<T> = {}): DataStream<T> {
  return parseWith<unknown, T>("JSON array", source, options, (label, maxItemSize) => new JsonArrayParser(label, maxItemSize));
}

class JsonArrayParser implements ItemParser<unknown> {
  readonly #label: string;
  readonly #maxItemSize: number;
  readonly #tokenizer = new Tokenizer();
  readonly #parser = new TokenParser({ paths: ["$.*"], keepStack: false });
  #give: (item: unknown) => void = () => {};
  #given = 0;
  #isOpen = false;
  /** An item of which only the next token tells where it ends. */
  #held: { readonly item: unknown } | undefined;
  /** Bytes that were read; bytes before the item that is being read, and before the token that is. */
  #read = 0;
  #start = 0;
  #offset = 0;

  constructor(label: string, maxItemSize: number) {
    this.#label = label;
    this.#maxItemSize = maxItemSize;
    this.#tokenizer.onToken = (info) => {
      if (!this.#isOpen && info.token !== TokenType.LEFT_BRACKET) throw new StageError("invalid_argument", `${this.#label}: not a JSON array; JSON values line by line are read by fromJsonl`);
      this.#isOpen = true;
      this.#offset = info.offset;
      this.#checkSize(info.offset);
      if (this.#held) this.#hand(this.#held.item, info.offset);
      this.#parser.write(info);
    };
    this.#parser.onValue = ({ value }) => {
      if (typeof value === "object" && value !== null) this.#hand(value, this.#offset + 1);
      else this.#held = { item: value };
    };
  }

  push(bytes: Uint8Array, give: (item: unknown) => void): void {
    this.#give = give;
    this.#try(() => this.#tokenizer.write(bytes));
    this.#read += bytes.length;
    if (!this.#parser.isEnded) this.#checkSize(this.#read - byteOrderMarkSize);
  }

  end(): void {
    // The tokenizer takes a number to be ended by the end, which may as well have cut it off.
    if (!this.#isOpen || this.#parser.isEnded) this.#try(() => this.#tokenizer.end());
    if (!this.#parser.isEnded) throw new StageError("invalid_argument", `${this.#place}: the JSON array is cut off`, { reason: "truncated" });
  }

  #hand(item: unknown, end: number): void {
    this.#checkSize(end);
    this.#start = end;
    this.#held = undefined;
    this.#given++;
    this.#give(item);
  }

  #checkSize(end: number): void {
    if (end - this.#start > this.#maxItemSize) throw tooLarge(this.#place, this.#maxItemSize);
  }

  get #place(): string {
    return `${this.#label}: item ${this.#given + 1}`;
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (StageError.is(cause)) throw cause;
      if (cause instanceof TypeError) throw new StageError("invalid_argument", `${this.#place}: not UTF-8`, { cause });
      if (this.#parser.isEnded) throw new StageError("invalid_argument", `${this.#label}: something follows the JSON array`, { cause });
      // The rest of the message tells states of the parser, and places in the piece that was read.
      const [problem = ""] = /^Unexpected .*?(?= at chunk| in state)/s.exec((cause as Error).message) ?? [];
      throw new StageError("invalid_argument", `${this.#place}: not JSON${problem && `: ${saidBy(problem)}`}`, { cause });
    }
  }
}
