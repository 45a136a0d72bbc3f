/** Names as Protocol Buffers write them. */
import { StageError } from "@iftk/core";

/** The words of a name in any style: `startIndex`, `start_index`, `start-index`, `Start Index`. */
function wordsOf(name: string): string[] {
  return name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
}

/** Joins words so that no digit begins one: `top2Scores` is `top2_scores`. */
function joinWords(words: readonly string[]): string {
  return words.reduce((joined, word) => (joined === "" || /^\d/.test(word) ? joined + word : `${joined}_${word}`), "");
}

/** `startIndex` as the name of a field: `start_index`. Throws StageError `invalid_argument` for a name without a letter in front. */
export function fieldName(name: string): string {
  return identifier(joinWords(wordsOf(name)).toLowerCase(), name);
}

/** `token-classification` as the name of a type: `TokenClassification`. Throws StageError `invalid_argument` for a name without a letter in front. */
export function typeName(name: string): string {
  return identifier(wordsOf(name).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(""), name);
}

/** `max-tokens` as the name of a value of an enum: `MAX_TOKENS`. A value may begin with a digit, for the name of its enum stands before it. */
export function valueName(name: string): string {
  return joinWords(wordsOf(name)).toUpperCase();
}

function identifier(made: string, name: string): string {
  if (/^[A-Za-z]/.test(made)) return made;
  throw new StageError("invalid_argument", `${JSON.stringify(name)} cannot be a name in Protocol Buffers; choose one that begins with an ASCII letter.`);
}
