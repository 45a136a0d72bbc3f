/** The tokens of a model, as programs use them. */
import type { Backend, SpecialTokens } from "../backend.js";
import { TokenTable } from "../grammar/token-table.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export interface TokenTextOptions {
  /** Counts control tokens as text: written in it they are recognised, and have it; false without it. */
  readonly special?: boolean;
}

/** Texts into tokens and back. What is no token is refused as StageError `invalid_argument`. */
export class Tokenizer {
  readonly #backend: Backend;
  #table: TokenTable | undefined;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Entries of the vocabulary. */
  get size(): number {
    return this.#backend.vocabularySize;
  }

  /** The tokens that begin a text and end a turn. */
  get specialTokens(): SpecialTokens {
    return this.#backend.specialTokens;
  }

  /** The vocabulary laid out for grammars; made when it is first asked for, and kept. */
  get table(): TokenTable {
    this.#table ??= TokenTable.of(this.#backend);
    return this.#table;
  }

  /** The tokens of a text. */
  encode(text: string, options?: TokenTextOptions): Int32Array {
    return this.#backend.tokenize(text, options);
  }

  /** The text of tokens; where they begin or end inside a character, U+FFFD stands for it. */
  decode(tokens: ArrayLike<number>, options?: TokenTextOptions): string {
    const pieces = Array.from(tokens, (token) => this.tokenBytes(token, options));
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return decoder.decode(bytes);
  }

  /** The bytes of a token, which may be a part of a character; without `special` a control token has none. */
  tokenBytes(token: number, options?: TokenTextOptions): Uint8Array {
    return this.#backend.tokenBytes(token, options);
  }

  /** Whether something is a token of the model. */
  has(token: unknown): token is number {
    return Number.isInteger(token) && (token as number) >= 0 && (token as number) < this.size;
  }

  /** Whether the token ends a generation. */
  isEndOfGeneration(token: number): boolean {
    return this.#backend.isEndOfGeneration(token);
  }

  /** Each token with its bytes, in order; those of control tokens are what they are written as. */
  *vocabulary(): IterableIterator<readonly [token: number, bytes: Uint8Array]> {
    for (let token = 0; token < this.size; token++) yield [token, this.tokenBytes(token, { special: true })];
  }

  /** The text cut where its tokens meet; pieces are put together where they meet inside a character. */
  split(text: string): readonly string[] {
    const pieces: string[] = [];
    const stream = new TextDecoder("utf-8", { ignoreBOM: true });
    for (const token of this.encode(text)) {
      const piece = stream.decode(this.tokenBytes(token), { stream: true });
      if (piece !== "") pieces.push(piece);
    }
    return pieces;
  }
}
