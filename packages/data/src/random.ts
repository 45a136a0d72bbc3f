/** Random numbers that a seed repeats, on every platform. */
import { StageError } from "@iftk/core";

/** Gives a whole number from 0 on, below the limit. */
export type Random = (limit: number) => number;

/**
 * Gives the random numbers of a seed, from the first one at each call: the generator sfc32 of Chris Doty-Humphrey (PractRand),
 * after the twelve rounds that mix its seed in.
 *
 * @throws StageError `invalid_argument` when the seed is no safe integer from 0 on.
 */
export function randomOf(seed: number): () => Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new StageError("invalid_argument", `the seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(seed)}`);
  return () => {
    let a = 0;
    let b = seed | 0;
    let c = Math.floor(seed / 2 ** 32);
    let counter = 1;
    const next = (): number => {
      const sum = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      return sum >>> 0;
    };
    for (let round = 0; round < 12; round++) next();
    return (limit) => Math.floor((next() / 2 ** 32) * limit);
  };
}
