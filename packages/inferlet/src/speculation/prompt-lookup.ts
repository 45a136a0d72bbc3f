/** Drafts out of the text itself. */
import { StageError } from "@iftk/core";
import type { Speculator } from "./speculator.js";

export interface PromptLookupOptions {
  /** Looks for the last so many tokens, and where they are not found again for fewer; a positive integer, 3 by default. */
  readonly ngram?: number | undefined;
  /** Tokens of a draft at most; 10 by default. */
  readonly most?: number | undefined;
}

/**
 * Drafts the tokens that followed the last time the text stood where it stands now: prompt lookup decoding (Saxena 2023).
 *
 * It costs no pass and serves where a reply repeats its prompt: summaries, edits of code, answers with quotations. It
 * holds no state.
 *
 * @throws StageError `invalid_argument` for an option out of its range.
 */
export function promptLookup({ ngram = 3, most: longest = 10 }: PromptLookupOptions = {}): Speculator {
  for (const [name, value] of [["ngram", ngram], ["most", longest]] as const) {
    if (!(Number.isInteger(value) && value > 0)) throw new StageError("invalid_argument", `promptLookup: ${name}: expected a positive integer, got ${value}`);
  }
  return {
    draft(tokens, most) {
      const end = latestMatch(tokens, ngram);
      return end === undefined ? [] : tokens.slice(end, end + Math.min(most, longest));
    },
  };
}

/** The place after the longest run, of up to `ngram` tokens, that the text ends with and that is in it before; of equals the latest. */
function latestMatch(tokens: readonly number[], ngram: number): number | undefined {
  const { length } = tokens;
  let longest = 0;
  let found: number | undefined;
  for (let end = length - 1; end > 0 && longest < ngram; end--) {
    let size = 0;
    while (size < ngram && size < end && tokens[end - 1 - size] === tokens[length - 1 - size]) size++;
    if (size <= longest) continue;
    longest = size;
    found = end;
  }
  return found;
}
