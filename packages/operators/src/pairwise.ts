/** Each value with the one before it. */
import { sync, type Bidi } from "@iftk/core";

/** Gives each value but the first together with the one before it. */
export function pairwise<T>(): Bidi<T, [before: T, value: T]> {
  return sync<T, [before: T, value: T]>("pairwise", () => {
    let last: { readonly value: T } | undefined;
    return {
      take(value) {
        const before = last;
        last = { value };
        return before ? [[before.value, value]] : [];
      },
    };
  });
}
