/** What to do with a stream that gives nothing. */
import { type Bidi, type Passing, StageError, passing, sync } from "@iftk/core";

function ifEmpty<T>(label: string, give: () => readonly T[]): Bidi<T, T> {
  return sync<T, T>(label, () => {
    let isEmpty = true;
    return {
      take(value) {
        isEmpty = false;
        return [value];
      },
      end: () => (isEmpty ? give() : []),
    };
  });
}

/** Gives the value when the source ends without one. */
export function defaultIfEmpty<T>(value: T): Bidi<T, T> {
  return ifEmpty("defaultIfEmpty", () => [value]);
}

/**
 * Fails when the source ends without a value.
 *
 * @throws what `makeError` makes; without it, StageError `failed_precondition`.
 */
export function throwIfEmpty<T>(makeError?: () => unknown): Passing<T> {
  return passing<T>(ifEmpty<T>("throwIfEmpty", () => {
    throw makeError ? makeError() : new StageError("failed_precondition", "throwIfEmpty: the stream ended without a value");
  }));
}
