/** How the next token is picked from the logits. */
import { StageError } from "@iftk/core";
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
  let values = new Float32Array(0);
  let bits = new Int32Array(0);
  let weights = new Float64Array(0);

  return function sampleTopP(logits) {
    const peak = likeliest(logits);
    const highest = logits[peak] as number;
    if (highest === Infinity) return peak;
    const { length } = logits;
    if (values.length < length) {
      values = new Float32Array(length);
      bits = new Int32Array(values.buffer);
      weights = new Float64Array(length);
    }
    values.set(logits);

    let total = 0;
    for (let index = 0; index < length; index++) {
      const distance = ((values[index] as number) - highest) / temperature;
      // Below this all entries of a vocabulary together are lost in the rounding of the total.
      const weight = distance < -60 ? 0 : Math.exp(distance);
      weights[index] = weight;
      total += weight;
    }

    let mass = total;
    if (share < 1) {
      const { key, ties } = nucleusBound(bits, weights, length, share * total);
      mass = 0;
      let left = ties;
      for (let index = 0; index < length; index++) {
        const own = orderedKey(bits[index] as number);
        if (own > key || (own === key && left-- > 0)) mass += weights[index] as number;
        else weights[index] = 0;
      }
    }

    let rest = random() * mass;
    let picked = peak;
    for (let index = 0; index < length; index++) {
      const weight = weights[index] as number;
      if (weight === 0) continue;
      picked = index;
      rest -= weight;
      if (rest < 0) break;
    }
    return picked;
  };
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
