/** How alike two vectors are. */
import { StageError } from "@iftk/core";

/**
 * The cosine of the angle between two vectors, from -1 to 1; 0 when one of them is zero.
 *
 * @throws StageError `internal` for vectors of different lengths.
 */
export function cosineSimilarity(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) throw new StageError("internal", `vectors of ${one.length} and ${other.length} numbers cannot be compared`);
  let [product, ofOne, ofOther] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    const otherValue = other[index] ?? 0;
    product += value * otherValue;
    ofOne += value * value;
    ofOther += otherValue * otherValue;
  }
  const length = Math.sqrt(ofOne) * Math.sqrt(ofOther);
  return length === 0 ? 0 : Math.min(1, Math.max(-1, product / length));
}
