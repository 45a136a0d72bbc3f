/** What a read of a ready stream answers. */
import type { Batch } from "@iftk/core";

/** Whether an answer is there at once; otherwise it is a promise, of whatever make. */
export function isBatch<T>(answer: Batch<T> | PromiseLike<Batch<T>>): answer is Batch<T> {
  return answer === undefined || Array.isArray(answer);
}
