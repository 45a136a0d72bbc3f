/** Optimisation without gradients: a normal distribution of parameters that moves towards what scores well. */
import { StageError } from "@iftk/core";
import { macrotask } from "@iftk/core/authoring";
import { gaussianSource } from "./gaussian.js";
import { utilities } from "./utilities.js";

/** A normal distribution over vectors whose elements vary independently of each other. */
export interface NormalDistribution {
  readonly mean: Float32Array;
  /** The standard deviation of each element. */
  readonly deviations: Float32Array;
}

export interface EvolveOptions {
  /** The part of the candidates, best first, that counts for the better: above 0 and at most 1. */
  readonly muFraction: number;
  /** No deviation grows beyond it; without it there is no limit. */
  readonly maxSigma?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers that are drawn between two turns of the event loop: some milliseconds of work. */
const blockLength = 2 ** 17;

/** The candidate of a seed: the mean, and beside it what the seed draws. */
export async function candidateOf({ mean, deviations }: NormalDistribution, seed: number, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
  const candidate = new Float32Array(mean.length);
  const draw = gaussianSource(seed);
  await inBlocks(mean.length, blockLength, signal, (start, end) => {
    draw(candidate.subarray(start, end));
    for (let index = start; index < end; index++) candidate[index] = (mean[index] as number) + (deviations[index] as number) * (candidate[index] as number);
  });
  return candidate;
}

/**
 * The distribution after a generation: separable natural evolution strategy (Wierstra et al., Natural
 * Evolution Strategies, JMLR 15, 2014), with the best `muFraction` of the candidates in place of half of them.
 *
 * The result depends on which seed has which score, and not on the order they are given in. Equal scores
 * count the same. What the seeds drew is drawn again and never held.
 *
 * @param scores what the candidate of each seed is worth, more being better
 * @throws StageError `invalid_argument` for fewer than two seeds, for one that is given twice, and for a
 * score that is no number; the signal's reason.
 */
export async function evolve({ mean, deviations }: NormalDistribution, scores: ArrayLike<number>, seeds: ArrayLike<number>, { muFraction, maxSigma = Infinity, signal }: EvolveOptions): Promise<NormalDistribution> {
  const parts = contributions(scores, seeds, muFraction).map(({ seed, utility }) => ({ utility, draw: gaussianSource(seed) }));
  const { length } = mean;
  const rate = (3 + Math.log(length)) / (5 * Math.sqrt(length));
  const next = { mean: new Float32Array(length), deviations: new Float32Array(length) };

  const size = Math.ceil(blockLength / parts.length);
  const noise = new Float32Array(size);
  const shift = new Float64Array(size);
  const growth = new Float64Array(size);
  await inBlocks(length, size, signal, (start, end) => {
    shift.fill(0);
    growth.fill(0);
    const count = end - start;
    for (const { utility, draw } of parts) {
      draw(noise.subarray(0, count));
      for (let index = 0; index < count; index++) {
        const drawn = noise[index] as number;
        shift[index] = (shift[index] as number) + utility * drawn;
        growth[index] = (growth[index] as number) + utility * (drawn * drawn - 1);
      }
    }
    for (let index = 0; index < count; index++) {
      const deviation = deviations[start + index] as number;
      next.mean[start + index] = (mean[start + index] as number) + deviation * (shift[index] as number);
      next.deviations[start + index] = Math.min(maxSigma, deviation * Math.exp((rate / 2) * (growth[index] as number)));
    }
  });
  return next;
}

/** Which seed has which utility, in an order of their own, as sums depend on it. */
function contributions(scores: ArrayLike<number>, seeds: ArrayLike<number>, muFraction: number): readonly { readonly seed: number; readonly utility: number }[] {
  if (seeds.length < 2 || scores.length !== seeds.length) {
    throw new StageError("invalid_argument", `scores and seeds: expected one score for each of at least two seeds, got ${scores.length} and ${seeds.length}`);
  }
  const found = new Set<number>();
  for (let index = 0; index < seeds.length; index++) {
    const seed = requireSeed(seeds[index] as number);
    if (found.has(seed)) throw new StageError("invalid_argument", `seeds: ${seed} is given twice; a candidate counts once`);
    found.add(seed);
    if (typeof scores[index] !== "number" || Number.isNaN(scores[index])) throw new StageError("invalid_argument", `scores: that of seed ${seed} is not a number; score what failed as -Infinity`);
  }
  const worth = utilities(scores, muFraction);
  return Array.from(seeds, (seed, index) => ({ seed, utility: worth[index] as number })).sort((one, other) => one.seed - other.seed);
}

/** The seed, when it is one. */
export function requireSeed(seed: number): number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new StageError("invalid_argument", `seed: expected a non-negative safe integer, got ${seed}`);
  return seed;
}

/** Calls `work` for one stretch after another and lets others run between them. */
async function inBlocks(length: number, size: number, signal: AbortSignal | undefined, work: (start: number, end: number) => void): Promise<void> {
  signal?.throwIfAborted();
  for (let start = 0; start < length; start += size) {
    if (start > 0) {
      await macrotask();
      signal?.throwIfAborted();
    }
    work(start, Math.min(length, start + size));
  }
}
