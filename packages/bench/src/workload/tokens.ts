/** The tokens that go through every pipeline, and the functions its stages call. */

const punctuation = [",", ".", "!", "?", ";", ":", "-", "\n"];

/** As many as the masks below say. */
const words = (
  "the a fox and in on hill was that of with little red forest sun down went she he they river stone house light dark morning " +
  "night bird tree apple wind water fire path bread friend story winter summer garden mountain window lantern blanket whisper " +
  "thunder journey kitchen village sea boat long old snow rain road field wolf king moon star song year sky"
).split(" ");

/** What a small model's vocabulary looks like: words with the blank in front, some without, and punctuation. */
export const vocabulary: readonly string[] = [...punctuation, ...words.map((word, index) => (index % 8 === 7 ? word : ` ${word}`))];

/** Tokens in an order that looks random and is the same in each run. */
export function makeTokens(count: number): readonly string[] {
  let state = 7;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return vocabulary[(state >>> 16) % vocabulary.length] ?? "";
  });
}

/** The token without the blank in front of it. */
export function unspaced(token: string): string {
  return token.charCodeAt(0) === 32 ? token.slice(1) : token;
}

/** Whether it begins with a letter. */
export function isWord(token: string): boolean {
  return token.charCodeAt(0) > 64;
}

/** The running state: the next word of a machine whose moves the words decide. */
export function advance(state: string, word: string): string {
  return words[(state.charCodeAt(state.length - 1) * 31 + word.charCodeAt(0)) & 63] ?? word;
}

/** One piece of a short word, two of a longer one. */
export function pieces(word: string): readonly string[] {
  return word.length > 5 ? [word.slice(0, 4), word.slice(4)] : [word];
}

/** The word for it in a language of the same words. */
export function translated(word: string): string {
  return words[(word.charCodeAt(0) + word.length * 7) & 63] ?? word;
}

/** The same, told later. */
export async function translatedLater(word: string): Promise<string> {
  return translated(word);
}

/** What a token adds to the sum that every implementation must agree on. */
export function weigh(token: string): number {
  return token.length + token.charCodeAt(token.length - 1);
}
