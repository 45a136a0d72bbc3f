/** How texts are cut into words, which no token crosses, by the name that a GGUF file gives the manner. */

/** A manner of cutting. */
export interface PreTokenizer {
  /** Applied one after another, each to the pieces that the last one left; what a pattern does not match is a piece too. */
  readonly patterns: readonly RegExp[];
  /** Whether a word that is a token is taken whole, even where merging would not lead to it. */
  readonly prefersWhole: boolean;
}

// White space, as the tables of Unicode have it, is not all that \s matches.
const gpt2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})/gu;
const digits = /\p{N}/gu;

/** The patterns of later models, which differ in how many digits make a word. */
const contracted = (most: 1 | 3): RegExp =>
  new RegExp(
    String.raw`'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,${most}}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+`,
    "gu",
  );

const gpt2Like: PreTokenizer = { patterns: [gpt2], prefersWhole: false };
const digitsApart: PreTokenizer = { patterns: [digits, gpt2], prefersWhole: false };
const qwen2Like: PreTokenizer = { patterns: [contracted(1)], prefersWhole: false };
const llama3Like: PreTokenizer = { patterns: [contracted(3)], prefersWhole: false };
const llama3: PreTokenizer = { ...llama3Like, prefersWhole: true };

/** The manners that are known, by name. */
export const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map([
  ...["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion"].map((name) => [name, gpt2Like] as const),
  ...["starcoder", "refact", "command-r", "smollm", "codeshell"].map((name) => [name, digitsApart] as const),
  ...["qwen2", "stablelm2"].map((name) => [name, qwen2Like] as const),
  ...["dbrx", "smaug-bpe"].map((name) => [name, llama3Like] as const),
  ...["llama3", "llama-v3", "llama-bpe"].map((name) => [name, llama3] as const),
]);

/** The words of a text, which make it up without a gap. */
export function wordsOf(text: string, { patterns }: PreTokenizer): readonly string[] {
  return patterns.reduce<readonly string[]>((pieces, pattern) => pieces.flatMap((piece) => cut(piece, pattern)), [text]);
}

function cut(text: string, pattern: RegExp): readonly string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (index > end) pieces.push(text.slice(end, index));
    pieces.push(match);
    end = index + match.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}
