/** Attention of one token. */
import type { NetworkShape } from "./network-shape.js";

/** What a token attends to in a layer. */
export interface Attended {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  /** The cells that the token sees, in the order of the sequence, which is that of all sums. */
  readonly cells: Int32Array;
}

/**
 * Writes, for each head, the values of the cells weighted by how well their keys fit the query.
 *
 * `scores` holds at least a number for each cell; `query` and `output` hold the heads from `offset` on.
 */
export function attend({ keys, values, cells }: Attended, { heads, keyHeads, headWidth }: NetworkShape, query: Float64Array, output: Float64Array, offset: number, scores: Float64Array): void {
  const width = keyHeads * headWidth;
  const scale = 1 / Math.sqrt(headWidth);
  for (let head = 0; head < heads; head++) {
    const start = offset + head * headWidth;
    const keyStart = Math.floor((head * keyHeads) / heads) * headWidth;
    let highest = -Infinity;
    for (let index = 0; index < cells.length; index++) {
      const score = product(query, start, keys, (cells[index] as number) * width + keyStart, headWidth) * scale;
      scores[index] = score;
      if (score > highest) highest = score;
    }
    let sum = 0;
    for (let index = 0; index < cells.length; index++) {
      const weight = Math.exp((scores[index] as number) - highest);
      scores[index] = weight;
      sum += weight;
    }
    for (let place = 0; place < headWidth; place += 2) {
      let even = 0;
      let odd = 0;
      for (let index = 0; index < cells.length; index++) {
        const weight = scores[index] as number;
        const from = (cells[index] as number) * width + keyStart + place;
        even += weight * (values[from] as number);
        odd += weight * (values[from + 1] as number);
      }
      output[start + place] = even / sum;
      output[start + place + 1] = odd / sum;
    }
  }
}

/** The inner product of two runs of an even length; the even and the odd places are summed side by side. */
function product(one: Float64Array, oneStart: number, other: Float32Array, otherStart: number, length: number): number {
  let even = 0;
  let odd = 0;
  for (let place = 0; place < length; place += 2) {
    even += (one[oneStart + place] as number) * (other[otherStart + place] as number);
    odd += (one[oneStart + place + 1] as number) * (other[otherStart + place + 1] as number);
  }
  return even + odd;
}
