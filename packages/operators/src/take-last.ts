/** The end of a stream, and all but it. */
import { type Passing, passing, sync } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";

/**
 * Gives the last values, once the source has ended; holds no more than them.
 *
 * @throws StageError `invalid_argument` when the count is no whole number from 0 on.
 */
export function takeLast<T>(count: number): Passing<T> {
  requireNumber("takeLast: the count", count, 0, "whole");
  return passing<T>(sync<T, T>("takeLast", () => {
    const ring: T[] = [];
    let taken = 0;
    return {
      take(value) {
        if (count > 0) ring[taken++ % count] = value;
        return [];
      },
      end() {
        const oldest = taken > count ? taken % count : 0;
        return [...ring.slice(oldest), ...ring.slice(0, oldest)];
      },
    };
  }));
}

/**
 * Gives all values but the last ones: each when so many have come after it.
 *
 * @throws StageError `invalid_argument` when the count is no whole number from 0 on.
 */
export function skipLast<T>(count: number): Passing<T> {
  requireNumber("skipLast: the count", count, 0, "whole");
  return passing<T>(sync<T, T>("skipLast", () => {
    const ring: T[] = [];
    let taken = 0;
    return {
      take(value) {
        if (count === 0) return [value];
        const place = taken++ % count;
        const due = taken > count ? [ring[place] as T] : [];
        ring[place] = value;
        return due;
      },
    };
  }));
}
