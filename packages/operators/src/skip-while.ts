/** Values left out by what they are. */
import { type Bidi, type Passing, passing, sync } from "@iftk/core";

/** Drops the first values for which the function holds, and gives all from the first for which it does not. */
export function skipWhile<T>(holds: (value: T) => boolean): Passing<T> {
  return passing<T>(sync<T, T>("skipWhile", () => {
    let isSkipping = true;
    return {
      take(value) {
        isSkipping &&= holds(value);
        return isSkipping ? [] : [value];
      },
    };
  }));
}

/** Gives no value, only the end or the error of the source. */
export function ignoreElements<T>(): Bidi<T, never> {
  return sync<T, never>("ignoreElements", () => ({ take: () => [] }));
}
