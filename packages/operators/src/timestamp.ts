/** When values came. */
import { sync, type Bidi } from "@iftk/core";
import { now } from "./inlet.js";

/** A value and when it came, in milliseconds since the epoch. */
export interface Timestamped<T> {
  readonly value: T;
  readonly time: number;
}

/** Gives each value with the time at which it came. */
export function timestamp<T>(): Bidi<T, Timestamped<T>> {
  return sync<T, Timestamped<T>>("timestamp", () => ({ take: (value) => [{ value, time: Date.now() }] }));
}

/** A value and how many milliseconds it took. */
export interface Timed<T> {
  readonly value: T;
  readonly elapsed: number;
}

/**
 * Gives each value with the time between it and the one before; the first with the time since it was asked for.
 *
 * The time that the consumer takes is part of it.
 */
export function timeInterval<T>(): Bidi<T, Timed<T>> {
  return sync<T, Timed<T>>("timeInterval", () => {
    let last = now();
    return {
      take(value) {
        const time = now();
        const elapsed = time - last;
        last = time;
        return [{ value, elapsed }];
      },
    };
  });
}
