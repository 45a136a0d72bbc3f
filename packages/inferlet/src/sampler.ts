/** How the next token is picked from the logits. */
import { StageError } from "@iftk/core";
import { Candidates } from "./candidates.js";
import { nucleusBound, orderedKey } from "./nucleus.js";
import { randomSeed, randomSource } from "./random.js";

/**
 * Picks a token from the logits, one per vocabulary entry.
 *
 * It neither changes nor keeps the array. A logit of -Infinity is never picked.
 *
 * @throws StageError `internal` when a logit is NaN or none is above -Infinity.
 */
export type Sampler = (logits: Float32Array) => number;

export interface TopPOptions {
  /** Divides the logits; 0 picks the likeliest, 1 (the default) leaves the model's own distribution. */
  readonly temperature?: number | undefined;
  /** The likeliest tokens whose probabilities add up to this are kept, at least one; 1 (the default) keeps all. */
  readonly topP?: number | undefined;
  /** A non-negative safe integer: the same seed and logits give the same tokens. Random by default. */
  readonly seed?: number | undefined;
}

/** The sampler that picks the likeliest token, the first of equals. */
export function greedy(): Sampler {
  return likeliest;
}

/**
 * The sampler that draws from the likeliest tokens (nucleus sampling, Holtzman et al. 2020).
 *
 * Temperature is applied first. It holds the state of its random source and scratch memory, so each
 * generation takes its own.
 *
 * @throws StageError `invalid_argument` for an option out of its range.
 */
export function topP({ temperature = 1, topP: share = 1, seed = randomSeed() }: TopPOptions = {}): Sampler {
  if (!(temperature >= 0 && temperature < Infinity)) throw new StageError("invalid_argument", `temperature: expected a number of at least 0, got ${temperature}`);
  if (!(share > 0 && share <= 1)) throw new StageError("invalid_argument", `topP: expected a number above 0 and at most 1, got ${share}`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new StageError("invalid_argument", `seed: expected a non-negative safe integer, got ${seed}`);
  if (temperature === 0) return likeliest;

  const random = randomSource(seed);
  let candidates = new Candidates(0);

  return function sampleTopP(logits) {
    const peak = likeliest(logits);
    const highest = logits[peak] as number;
    if (highest === Infinity) return peak;
    if (candidates.tokens.length < logits.length) candidates = new Candidates(logits.length);
    // All entries lighter than this weigh less together than what the nucleus leaves out.
    candidates.fill(logits, highest, temperature, (1 - share) / logits.length);
    const mass = share < 1 ? keepNucleus(candidates, share) : candidates.total;

    const { tokens, weights, count } = candidates;
    let rest = random() * mass;
    let picked = 0;
    while (picked < count - 1 && (rest -= weights[picked] as number) >= 0) picked++;
    return tokens[picked] as number;
  };
}

/** Drops the candidates outside the nucleus; gives what those inside weigh. */
function keepNucleus(candidates: Candidates, share: number): number {
  const { tokens, bits, weights, count, total } = candidates;
  const { key, ties } = nucleusBound(bits, weights, count, share * total);
  let left = ties;
  let kept = 0;
  let mass = 0;
  for (let index = 0; index < count; index++) {
    const own = orderedKey(bits[index] as number);
    if (own < key || (own === key && left-- <= 0)) continue;
    tokens[kept] = tokens[index] as number;
    mass += weights[kept++] = weights[index] as number;
  }
  candidates.count = kept;
  return mass;
}

function likeliest(logits: Float32Array): number {
  let picked = -1;
  let highest = -Infinity;
  for (let index = 0; index < logits.length; index++) {
    const value = logits[index] as number;
    // NaN is neither above nor at most anything, so it comes in here.
    if (value <= highest) continue;
    if (value !== value) throw new StageError("internal", `the logit of token ${index} is not a number: the model or its computation is broken`);
    highest = value;
    picked = index;
  }
  if (picked === -1) throw new StageError("internal", "no token can be picked: every logit is -Infinity");
  return picked;
}
