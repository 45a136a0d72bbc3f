/** A stream that is never empty. */
import { type Bidi, sync } from "@iftk/core";

/** The stage that gives every value on, and this one when there is none. */
export function atLeastOne<T>(value: T): Bidi<T, T> {
  return sync("atLeastOne", () => {
    let isEmpty = true;
    return {
      take(one: T) {
        isEmpty = false;
        return [one];
      },
      end: () => (isEmpty ? [value] : []),
    };
  });
}
