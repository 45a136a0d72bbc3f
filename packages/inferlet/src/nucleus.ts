/** The nucleus of a distribution, found without sorting. */

const levels = [
  { shift: 21, bits: 11 },
  { shift: 10, bits: 11 },
  { shift: 0, bits: 10 },
] as const;

/** Where a nucleus ends: all keys above, and of those that are equal as many as fit, in order of index. */
export interface NucleusBound {
  readonly key: number;
  readonly ties: number;
}

/** Maps the bits of a float to an unsigned integer of the same order. */
export const orderedKey = (bits: number): number => (bits < 0 ? ~bits : bits | 0x8000_0000) >>> 0;

const histogram = new Float64Array(1 << 11);

/**
 * The bound of the smallest set of likeliest entries whose weights reach `mass`.
 *
 * A radix selection by weight: three histograms over the digits of the keys, so its cost is linear
 * and does not depend on how flat the distribution is.
 *
 * @param bits the logits as the bits of 32-bit floats, none of them NaN
 * @param weights what each entry weighs, above 0; a higher logit never weighs less
 */
export function nucleusBound(bits: Int32Array, weights: Float64Array, length: number, mass: number): NucleusBound {
  let prefix = 0;
  let missing = mass;
  for (const { shift, bits: width } of levels) {
    const size = 1 << width;
    const above = shift + width;
    histogram.fill(0, 0, size);
    let lowest = size;
    let highest = 0;
    for (let index = 0; index < length; index++) {
      const key = orderedKey(bits[index] as number);
      if (above < 32 && key >>> above !== prefix) continue;
      const digit = (key >>> shift) & (size - 1);
      histogram[digit] = (histogram[digit] as number) + (weights[index] as number);
      if (digit < lowest) lowest = digit;
      if (digit > highest) highest = digit;
    }
    let digit = highest;
    // Rounding may leave a trace of mass unfound: the lowest digit in use ends the walk.
    while (digit > lowest && missing > (histogram[digit] as number)) missing -= histogram[digit--] as number;
    prefix = ((prefix << width) | digit) >>> 0;
  }
  let tie = 0;
  while (orderedKey(bits[tie] as number) !== prefix) tie++;
  return { key: prefix, ties: Math.max(1, Math.ceil(missing / (weights[tie] as number) - 1e-9)) };
}
