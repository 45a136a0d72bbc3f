/** Stages over plain synchronous functions. */
import { StageError } from "./error.js";
import { bidi, type Bidi } from "./stage.js";
import type { Stream } from "./stream.js";

/** Gives what the function makes of each value. */
export function map<In, Out>(transform: (value: In) => Out): Bidi<In, Out> {
  return bidi(async function* map(input: Stream<In>) {
    for await (const value of input) yield transform(value);
  });
}

/** Gives the values for which the function holds. */
export function filter<In, Out extends In>(holds: (value: In) => value is Out): Bidi<In, Out>;
export function filter<In>(holds: (value: In) => boolean): Bidi<In, In>;
export function filter<In>(holds: (value: In) => boolean): Bidi<In, In> {
  return bidi(async function* filter(input: Stream<In>) {
    for await (const value of input) if (holds(value)) yield value;
  });
}

/**
 * Gives the first values and closes the source right after the last of them.
 *
 * @throws StageError `invalid_argument` when the count is not a whole number from 0 on.
 */
export function take<T>(count: number): Bidi<T, T> {
  if (!Number.isInteger(count) || count < 0) throw new StageError("invalid_argument", `take: the count must be a whole number from 0 on, not ${String(count)}`);
  return bidi(async function* take(input: Stream<T>) {
    if (count === 0) return;
    let taken = 0;
    for await (const value of input) {
      yield value;
      if (++taken === count) return;
    }
  });
}

/** Gives every value on, after the function has seen it. */
export function tap<T>(see: (value: T) => void): Bidi<T, T> {
  return bidi(async function* tap(input: Stream<T>) {
    for await (const value of input) {
      see(value);
      yield value;
    }
  });
}
