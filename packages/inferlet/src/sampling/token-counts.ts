/** How often each token was there lately. */
import type { SamplingStep } from "./sampler.js";

/** What of a generation is counted. */
export interface CountedTokens {
  /** Counts the prompt too, not only what was generated. */
  readonly withPrompt: boolean;
  /** Counts so many of the last tokens at most. */
  readonly window: number;
}

interface Counted {
  readonly counts: Map<number, number>;
  /** The tokens from here... */
  from: number;
  /** ...to before here are in the counts. */
  to: number;
}

/** Counts the tokens of any number of generations, each token once when it comes and once when it leaves the window. */
export class TokenCounts {
  readonly #counted: CountedTokens;
  readonly #generations = new WeakMap<readonly number[], Counted>();

  constructor(counted: CountedTokens) {
    this.#counted = counted;
  }

  /** How often each token was there, without those that were not. */
  at({ tokens, step }: SamplingStep): ReadonlyMap<number, number> {
    const { withPrompt, window } = this.#counted;
    const start = Math.max(withPrompt ? 0 : tokens.length - step, tokens.length - window);
    let counted = this.#generations.get(tokens);
    if (counted === undefined) this.#generations.set(tokens, (counted = { counts: new Map(), from: start, to: start }));

    const { counts } = counted;
    while (counted.to < tokens.length) {
      const token = tokens[counted.to++] as number;
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    while (counted.from < start) {
      const token = tokens[counted.from++] as number;
      const left = (counts.get(token) as number) - 1;
      if (left === 0) counts.delete(token);
      else counts.set(token, left);
    }
    return counts;
  }
}
