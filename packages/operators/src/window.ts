/** Windows that slide over a stream by count. */
import { type Passing, passing, sync } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";

/** Where windows begin and how the last one ends. */
export interface WindowOptions {
  /** How many values further on the next window begins; 1 by default. */
  readonly every?: number;
  /** Whether values at the end that no window held are given in a last, shorter one; false by default. */
  readonly partial?: boolean;
}

/**
 * Gives arrays of so many values that follow each other, each beginning `every` values after the one before.
 *
 * @throws StageError `invalid_argument` when the count or `every` is no whole number from 1 on.
 */
export function window<T>(count: number, { every = 1, partial = false }: WindowOptions = {}): Passing<T, "array"> {
  requireNumber("window: the count", count, 1, "whole");
  requireNumber("window: every", every, 1, "whole");
  return passing<T>(sync<T, T[]>("window", () => {
    let values: T[] = [];
    let toSkip = 0;
    let isFresh = false;
    return {
      take(value) {
        if (toSkip > 0) {
          toSkip--;
          return [];
        }
        values.push(value);
        isFresh = values.length < count;
        if (isFresh) return [];
        const full = values;
        values = full.slice(every);
        toSkip = Math.max(every - count, 0);
        return [full];
      },
      end: () => (partial && isFresh ? [values] : []),
    };
  }));
}
