/** The heaviest entries of many, found without sorting. */

/** Where a selection ends: all keys above, and of those that are equal as many as fit, in order of index. */
export interface SelectionBound {
  readonly key: number;
  readonly ties: number;
}

const signBit = 0x8000_0000 | 0;

/** Maps the bits of a float to a 32-bit integer of the same order; an unsigned one would not stay in a register. */
export const orderedKey = (bits: number): number => bits ^ ((bits >> 31) & 0x7fff_ffff);

const digits = 256;
const histogram = new Float64Array(digits);

/**
 * The bound of the smallest set of highest entries whose weights reach `mass`.
 *
 * A radix selection by weight: a histogram over each of the four bytes of the keys, so its cost is
 * linear and does not depend on how the entries are spread.
 *
 * @param bits the logits as the bits of 32-bit floats, none of them NaN or -0; at least one
 * @param weights what each entry weighs, above 0; a higher logit never weighs less. Without it each weighs 1
 */
export function selectionBound(bits: Int32Array, weights: Float64Array | undefined, length: number, mass: number): SelectionBound {
  let prefix = 0;
  let missing = mass;
  for (let shift = 24; shift >= 0; shift -= 8) {
    histogram.fill(0);
    let lowest = digits;
    let highest = 0;
    for (let index = 0; index < length; index++) {
      const key = orderedKey(bits[index] as number) ^ signBit;
      // Two shifts, since one by 32 would be one by 0.
      if (key >>> shift >>> 8 !== prefix) continue;
      const digit = (key >>> shift) & (digits - 1);
      histogram[digit] = (histogram[digit] as number) + (weights === undefined ? 1 : (weights[index] as number));
      if (digit < lowest) lowest = digit;
      if (digit > highest) highest = digit;
    }
    let digit = highest;
    // Rounding may leave a trace of mass unfound: the lowest digit in use ends the walk.
    while (digit > lowest && missing > (histogram[digit] as number)) missing -= histogram[digit--] as number;
    prefix = (prefix << 8) | digit;
  }
  const key = prefix ^ signBit;
  return { key, ties: Math.max(1, Math.ceil(missing / weightOf(key, bits, weights) - 1e-9)) };
}

function weightOf(key: number, bits: Int32Array, weights: Float64Array | undefined): number {
  if (weights === undefined) return 1;
  let index = 0;
  while (orderedKey(bits[index] as number) !== key) index++;
  return weights[index] as number;
}
