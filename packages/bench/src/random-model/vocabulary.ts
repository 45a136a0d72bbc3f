/** A byte-level vocabulary of made-up words, with the merges that lead to them. */
import { fillRandom } from "./random-words.js";

/** Tokens as a GGUF file lists them. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  /** Each pair of tokens that makes a longer one, the first to be tried first. */
  readonly merges: readonly string[];
  /** The last so many tokens are control tokens. */
  readonly controls: readonly string[];
}

export const controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] as const;

/** What every vocabulary has words for: the marks of JSON. */
const marks = ['{"', '":', '": "', '", "', '",', '"}', '"]', '["', "], ", "}, ", " [", " {", ' "', "true", "false", "null", " true", " false", " null"];
const consonants = ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "ch", "st", "tr", "ß"];
const vowels = ["a", "e", "i", "o", "u", "é", "ü"];

/** The character that stands for each byte in the vocabulary of GPT-2: itself where it can be seen, else one from U+0100 on. */
const symbols: readonly string[] = symbolsOfBytes();

/**
 * Makes a vocabulary of exactly `size` tokens, the same for the same size.
 *
 * All bytes come first. Then come words, each with all its beginnings, so that every token is the
 * merge of an earlier one and a byte; some end inside a character. Control tokens come last.
 */
export function makeVocabulary(size: number): Vocabulary {
  const most = size - controls.length;
  const tokens = new Set(symbols);
  const merges: string[] = [];
  function addWord(word: string): void {
    let known = "";
    for (const byte of Buffer.from(word)) {
      const symbol = symbols[byte] as string;
      const longer = known + symbol;
      if (!tokens.has(longer)) {
        if (tokens.size >= most) return;
        tokens.add(longer);
        merges.push(`${known} ${symbol}`);
      }
      known = longer;
    }
  }

  for (const mark of marks) addWord(mark);
  const random = new Uint32Array(64);
  for (let state = 1; tokens.size < most; ) {
    state = fillRandom(random, state);
    for (let at = 0; at < random.length; at += 8) addWord(wordOf(random.subarray(at, at + 8)));
  }
  return { tokens: [...tokens, ...controls], merges, controls };
}

/** A word of one to three syllables, mostly with a space before it. */
function wordOf(random: Uint32Array): string {
  const [shape = 0, ...choices] = random;
  let word = shape % 4 === 0 ? "" : " ";
  for (let syllable = 0; syllable < 1 + ((shape >>> 8) % 3); syllable++) {
    word += consonants[(choices[2 * syllable] ?? 0) % consonants.length];
    word += vowels[(choices[2 * syllable + 1] ?? 0) % vowels.length];
  }
  return word;
}

function symbolsOfBytes(): readonly string[] {
  let hidden = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isSeen = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isSeen ? byte : hidden++);
  });
}
