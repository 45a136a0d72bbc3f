/** Byte-pair encoding: neighbouring parts of a word are joined, those whose join was learned first before all others (Sennrich et al., 2016). */
import { byteCharacters } from "./byte-characters.js";
import { type PreTokenizer, wordsOf } from "./pre-tokenizer.js";

const encoder = new TextEncoder();
/** A join is kept as one number: its rank times this, and its place. */
const places = 2 ** 31;

/** Turns texts into tokens of a byte-level vocabulary. */
export class BytePairEncoder {
  readonly #tokens: ReadonlyMap<string, number>;
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #preTokenizer: PreTokenizer;

  /** `tokens` by their texts; `merges` are pairs of texts with a space between, in the order in which they were learned. */
  constructor(tokens: ReadonlyMap<string, number>, merges: readonly string[], preTokenizer: PreTokenizer) {
    this.#tokens = tokens;
    const ranks = new Map<string, number>();
    for (const [rank, pair] of merges.entries()) if (!ranks.has(pair)) ranks.set(pair, rank);
    this.#ranks = ranks;
    this.#preTokenizer = preTokenizer;
  }

  /** Appends the tokens of a text. */
  encode(text: string, output: number[]): void {
    for (const word of wordsOf(text, this.#preTokenizer)) {
      let characters = "";
      for (const byte of encoder.encode(word)) characters += byteCharacters[byte] as string;
      const whole = this.#preTokenizer.prefersWhole ? this.#tokens.get(characters) : undefined;
      if (whole === undefined) this.#encodeWord(characters, output);
      else output.push(whole);
    }
  }

  #encodeWord(word: string, output: number[]): void {
    // Parts are known by where they begin; a part that was joined to the one before it ends where it begins.
    const ends = Int32Array.from(word, (_, start) => start + 1);
    const previous = Int32Array.from(word, (_, start) => start - 1);
    const joins = new Heap();
    const rankAt = (start: number): number | undefined => {
      const middle = ends[start] as number;
      return middle === word.length ? undefined : this.#ranks.get(`${word.slice(start, middle)} ${word.slice(middle, ends[middle])}`);
    };
    const offer = (start: number): void => {
      const rank = rankAt(start);
      if (rank !== undefined) joins.push(rank * places + start);
    };
    for (let start = 0; start + 1 < word.length; start++) offer(start);

    for (let join = joins.pop(); join !== undefined; join = joins.pop()) {
      const start = join % places;
      const middle = ends[start] as number;
      // What was offered may be joined in another way since.
      if (middle === start || rankAt(start) !== (join - start) / places) continue;
      const end = ends[middle] as number;
      ends[start] = end;
      ends[middle] = middle;
      if (end < word.length) {
        previous[end] = start;
        offer(start);
      }
      if (start > 0) offer(previous[start] as number);
    }

    for (let start = 0; start < word.length; start = ends[start] as number) this.#append(word.slice(start, ends[start]), output);
  }

  /** A part that is no token is left to its bytes, as far as the vocabulary has them as they are. */
  #append(part: string, output: number[]): void {
    const token = this.#tokens.get(part);
    if (token !== undefined) output.push(token);
    else {
      for (const character of part) {
        const byte = character < "\x80" ? this.#tokens.get(character) : undefined;
        if (byte !== undefined) output.push(byte);
      }
    }
  }
}

/** Numbers, the least of which comes first. */
class Heap {
  readonly #numbers: number[] = [];

  push(value: number): void {
    const numbers = this.#numbers;
    let index = numbers.push(value) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = numbers[parent] as number;
      if (above <= value) break;
      numbers[index] = above;
      index = parent;
    }
    numbers[index] = value;
  }

  pop(): number | undefined {
    const numbers = this.#numbers;
    const least = numbers[0];
    const value = numbers.pop();
    if (value === undefined || numbers.length === 0) return least;
    let index = 0;
    for (let child = 1; child < numbers.length; child = 2 * index + 1) {
      if (child + 1 < numbers.length && (numbers[child + 1] as number) < (numbers[child] as number)) child++;
      const below = numbers[child] as number;
      if (below >= value) break;
      numbers[index] = below;
      index = child;
    }
    numbers[index] = value;
    return least;
  }
}
