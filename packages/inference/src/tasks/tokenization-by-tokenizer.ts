/** The tokens that a model reads. */
import { implement, type ImplementationOf } from "@iftk/core/task";
import { type Token, tokenization, type TokenizationResults } from "./tokenization.js";

/** A tokenizer as local models have it; a `Backend` is one. */
export interface Tokenizer {
  tokenize(text: string): ArrayLike<number>;
  /** The bytes of one token in UTF-8, which may be a part of a character; none for a control token. */
  tokenBytes(token: number): Uint8Array;
}

/**
 * The tokenization by a model's own tokenizer.
 *
 * A token's text is that of the characters its bytes are part of, so that tokens within one character overlap. Where the tokens
 * are not the bytes of the text, since the tokenizer normalizes it, they are counted and `results` is empty.
 */
export function tokenizationByTokenizer(tokenizer: Tokenizer): ImplementationOf<typeof tokenization> {
  return implement(tokenization, {
    unary(text): TokenizationResults {
      const tokens = Array.from(tokenizer.tokenize(text), (id) => tokenizer.tokenBytes(id));
      return { results: placed(text, tokens) ?? [], tokenCount: tokens.length };
    },
  });
}

const space = 0x20;

/** Where the tokens stand in the text; undefined when they are not its bytes, save for a space that some tokenizers put before it. */
function placed(text: string, tokens: readonly Uint8Array[]): Token[] | undefined {
  const bytes = new TextEncoder().encode(text);
  const length = tokens.reduce((sum, token) => sum + token.length, 0);
  const extra = length - bytes.length;
  if (extra !== 0 && !(extra === 1 && tokens.find((token) => token.length > 0)?.[0] === space)) return undefined;
  const indexAt = characterIndices(text, bytes.length);
  const results: Token[] = [];
  let place = -extra;
  for (const token of tokens) {
    for (const [offset, byte] of token.entries()) {
      if (place + offset >= 0 && bytes[place + offset] !== byte) return undefined;
    }
    const [first, last] = [Math.max(0, place), place + token.length];
    const start = indexAt[first] ?? text.length;
    const end = last > first ? (indexAt[last - 1] ?? 0) + unitsAt(text, indexAt[last - 1] ?? 0) : start;
    results.push({ start, end, text: text.slice(start, end) });
    place = last;
  }
  return results;
}

/** For each byte of the text in UTF-8, the index of the character that it is part of. */
function characterIndices(text: string, length: number): Uint32Array {
  const indices = new Uint32Array(length);
  let place = 0;
  for (let index = 0; index < text.length; index += unitsAt(text, index)) {
    const code = text.codePointAt(index) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    indices.fill(index, place, place + size);
    place += size;
  }
  return indices;
}

function unitsAt(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}
