/** Normally distributed numbers that a seed repeats. */
import { randomSource } from "../sampling/random.js";

/** Fills an array with the next numbers of a sequence. */
export type GaussianSource = (numbers: Float32Array) => void;

/**
 * Independent numbers of mean 0 and variance 1, the same for the same seed however they are asked for:
 * the polar method (Marsaglia and Bray, 1964) over `randomSource`.
 *
 * @param seed a non-negative safe integer
 */
export function gaussianSource(seed: number): GaussianSource {
  const random = randomSource(seed);
  let spare: number | undefined;
  const next = (): number => {
    if (spare !== undefined) {
      const number = spare;
      spare = undefined;
      return number;
    }
    for (;;) {
      const x = 2 * random() - 1;
      const y = 2 * random() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
  return (numbers) => {
    for (let index = 0; index < numbers.length; index++) numbers[index] = next();
  };
}
