/** How a token is picked from the logits, written down as a value or given as a function. */
import { StageError } from "@iftk/core";
import type { RandomSource } from "./random.js";

/** Where a generation stands when a token is to be picked. */
export interface SamplingStep {
  /** Tokens that were generated before. */
  readonly step: number;
  /** What the sequence held, as far as it was told, the prompt, and the generated tokens. It only grows, and each generation has its own. */
  readonly tokens: readonly number[];
  /** The random numbers of this generation. */
  readonly random: RandomSource;
}

/**
 * Picks a token from the logits, one per vocabulary entry, -Infinity for those that must not be picked.
 *
 * The array is lent for the time of the call and must not be changed.
 */
export type SampleFunction = (logits: Float32Array, step: SamplingStep) => number;

/**
 * Draws a token: the logits are divided by the temperature, then the tokens that `topK`, of those that
 * `topP`, and of those that `minP` keeps share the probability.
 */
export interface TokenSampler {
  readonly type: "token";
  /** 0 picks the likeliest token, 1 leaves the model's own distribution. */
  readonly temperature: number;
  /** Keeps so many of the likeliest tokens, at least 1. */
  readonly topK?: number | undefined;
  /** Keeps the fewest of the likeliest tokens whose probabilities add up to this; above 0, at most 1. */
  readonly topP?: number | undefined;
  /** Keeps the tokens that are at least so likely, as a share of the likeliest one; from 0 to 1. */
  readonly minP?: number | undefined;
  /** Seed of the random numbers when the generation names none, a non-negative safe integer. */
  readonly seed?: number | undefined;
}

/** Asks a forward pass for the probabilities of all tokens; where a token is needed, one is drawn from them. */
export interface DistributionSampler {
  readonly type: "distribution";
  readonly temperature: number;
  readonly seed?: number | undefined;
}

/** Asks a forward pass for the hidden state. No token can be picked from it. */
export interface EmbeddingSampler {
  readonly type: "embedding";
}

/** What a forward pass is asked for: one of the presets, which are plain values, or a function over the logits. */
export type Sampler = SampleFunction | TokenSampler | DistributionSampler | EmbeddingSampler;

/** What a forward pass gives for a sampler. */
export type SamplerOutput = "token" | "distribution" | "embedding";

/**
 * The presets of Pie, with its names and defaults.
 *
 * Each gives a plain value that can be kept, compared and sent; all state lives in the generation that
 * uses it. A preset with a seed of its own repeats itself; the others take the seed of the generation.
 * Each throws StageError `invalid_argument` for an option out of its range.
 */
export const Sampler = {
  /** The likeliest token, the first of equals. */
  greedy: (): TokenSampler => token({ temperature: 0 }),
  /** Nucleus sampling (Holtzman et al. 2020). */
  topP: (temperature = 0.6, topP = 0.95): TokenSampler => token({ temperature, topP }),
  /** One of the `topK` likeliest tokens (Fan et al. 2018). */
  topK: (temperature = 0.6, topK = 50): TokenSampler => token({ temperature, topK }),
  /** One of the tokens that are at least `minP` times as likely as the likeliest (Nguyen et al. 2024). */
  minP: (temperature = 0.6, minP = 0.1): TokenSampler => token({ temperature, minP }),
  /** Any token, as likely as the model says. */
  multinomial: (temperature = 1, seed = 0): TokenSampler => token({ temperature, seed }),
  /** Nucleus sampling among the `topK` likeliest tokens. */
  topKTopP: (temperature = 0.6, topK = 50, topP = 0.95): TokenSampler => token({ temperature, topK, topP }),
  /** Not a token but the hidden state. */
  embedding: (): EmbeddingSampler => ({ type: "embedding" }),
  /** Not a token but the probability of each. */
  dist: (temperature = 1, seed = 0): DistributionSampler => checked({ type: "distribution", temperature, seed }),
} as const;

const token = (options: Omit<TokenSampler, "type">): TokenSampler => checked({ type: "token", ...options });

/** What a forward pass gives for the sampler. */
export function samplerOutput(sampler: Sampler): SamplerOutput {
  return typeof sampler === "function" ? "token" : sampler.type;
}

/** The seed of a generation: the one it names, or else the sampler's own, if it has one. */
export function seedFor(sampler: Sampler, seed: number | undefined): number | undefined {
  const chosen = seed ?? ("seed" in sampler ? sampler.seed : undefined);
  return chosen === undefined ? undefined : checkSeed(chosen);
}

/** The preset, or StageError `invalid_argument` for an option out of its range. */
export function checked<S extends TokenSampler | DistributionSampler>(sampler: S): S {
  const { temperature, seed, topK, topP, minP }: Omit<TokenSampler, "type"> = sampler;
  if (!(temperature >= 0 && temperature < Infinity)) refuse("temperature", "a number of at least 0", temperature);
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) refuse("topK", "a positive integer", topK);
  if (topP !== undefined && !(topP > 0 && topP <= 1)) refuse("topP", "a number above 0 and at most 1", topP);
  if (minP !== undefined && !(minP >= 0 && minP <= 1)) refuse("minP", "a number from 0 to 1", minP);
  if (seed !== undefined) checkSeed(seed);
  return sampler;
}

function checkSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0) refuse("seed", "a non-negative safe integer", seed);
  return seed;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new StageError("invalid_argument", `${name}: expected ${expected}, got ${String(value)}`);
}
