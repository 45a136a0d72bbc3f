/** What the logits say, in numbers. */
import { Candidates } from "./candidates.js";
import { likeliest } from "./likeliest.js";
import { checked } from "./sampler.js";

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: number;
  readonly logprob: number;
}

/** How likely a token was, and which ones were likeliest in its place. */
export interface TokenLogprobs extends TokenLogprob {
  /** From the likeliest on, of equals the first token; the token itself among them where it belongs. */
  readonly alternatives: readonly TokenLogprob[];
}

/** Some tokens and their probabilities, which add up to 1. */
export interface Distribution {
  readonly tokens: Int32Array;
  readonly probabilities: Float64Array;
}

export interface DistributionOptions {
  /** Divides the logits; 0 leaves the likeliest token alone, 1 is the default. */
  readonly temperature?: number | undefined;
  /** Takes so many of the likeliest tokens and shares the probability among them. */
  readonly k?: number | undefined;
}

/** Measures run one at a time and keep nothing. */
const candidates = new Candidates();

/**
 * The log-probability of a token and of the `k` likeliest, by the model's own distribution.
 *
 * Right to nine digits. A token of -Infinity has the log-probability -Infinity and is no alternative.
 * It throws as `likeliest` does.
 *
 * @param k how many, from 0
 */
export function logprobs(logits: Float32Array, token: number, k = 0): TokenLogprobs {
  const logprobOf = logSoftmax(logits);
  return { token, logprob: logprobOf(token), alternatives: topTokens(logits, k).map((other) => ({ token: other, logprob: logprobOf(other) })) };
}

/** The `k` likeliest tokens with their log-probabilities, as the alternatives of `logprobs`. */
export function topLogprobs(logits: Float32Array, k: number): readonly TokenLogprob[] {
  const logprobOf = logSoftmax(logits);
  return topTokens(logits, k).map((token) => ({ token, logprob: logprobOf(token) }));
}

function logSoftmax(logits: Float32Array): (token: number) => number {
  const peak = likeliest(logits);
  const highest = logits[peak] as number;
  if (highest === Infinity) return (token) => (token === peak ? 0 : -Infinity);
  candidates.fill(logits, highest, 1, Infinity);
  const logTotal = Math.log(candidates.total);
  // The highest is taken off first: it may be so large that the sum would lose the digits of the total.
  return (token) => (logits[token] as number) - highest - logTotal;
}

/** The `k` likeliest tokens above -Infinity, from the likeliest on, of equals the first. */
export function topTokens(logits: Float32Array, k: number): number[] {
  if (k < 1) return [];
  candidates.fillTop(logits, k);
  return [...candidates.tokens.subarray(0, candidates.count)].sort((left, right) => (logits[right] as number) - (logits[left] as number) || left - right);
}

/** The entropy of the model's own distribution in nats: 0 when one token is certain, ln V when all V are equal. It throws as `likeliest` does. */
export function entropy(logits: Float32Array): number {
  const highest = logits[likeliest(logits)] as number;
  if (highest === Infinity) return 0;
  candidates.fill(logits, highest, 1, 0);
  const { count, total, weights, logits: kept } = candidates;
  let distance = 0;
  for (let index = 0; index < count; index++) distance += (weights[index] as number) * (highest - (kept[index] as number));
  return Math.min(Math.log(total) + distance / total, Math.log(logits.length));
}

/**
 * The probabilities of the `k` likeliest tokens, from the likeliest on, or without `k` of every token
 * that has one above 1e-28 of the likeliest's, in order of token.
 *
 * @throws StageError `invalid_argument` for an option out of its range; and as `likeliest` does.
 */
export function distribution(logits: Float32Array, { temperature = 1, k }: DistributionOptions = {}): Distribution {
  checked({ type: "token", temperature, topK: k });
  const peak = likeliest(logits);
  const highest = logits[peak] as number;
  if (temperature === 0 || highest === Infinity) return { tokens: Int32Array.of(peak), probabilities: Float64Array.of(1) };
  if (k === undefined) {
    candidates.fill(logits, highest, temperature, 0);
    const { count, total, weights } = candidates;
    return { tokens: candidates.tokens.slice(0, count), probabilities: weights.slice(0, count).map((weight) => weight / total) };
  }
  const tokens = topTokens(logits, k);
  const weights = tokens.map((token) => Math.exp(((logits[token] as number) - highest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { tokens: Int32Array.from(tokens), probabilities: Float64Array.from(weights, (weight) => weight / total) };
}

/** The perplexity of a text from the log-probabilities of its tokens: e to the power of their negated mean. */
export function perplexity(logprobs: readonly number[]): number {
  return Math.exp(-logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length);
}
