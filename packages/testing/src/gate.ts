/** A source that gives a value only when told to, and counts what it is asked for. */
import type { Stream } from "@iftk/core";

/** A source under control: what is asked for waits until it is let through. */
export interface Gate<T> extends Stream<T> {
  /** Reads made so far, the one that met the end included. */
  readonly asked: number;
  /** Reads answered so far. */
  readonly given: number;
  /** Answers the oldest waiting read; false when none waits. */
  pass(): boolean;
  /** Answers all reads from now on. */
  open(): void;
}

/** Gives the values one at a time, each when it is let through, and then the end. */
export function gate<T>(...values: readonly T[]): Gate<T> {
  const waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  const counts = { asked: 0, given: 0 };
  let isOpen = false;
  let isLeft = false;
  const answer = (): IteratorResult<T, undefined> => {
    const index = counts.given++;
    return isLeft || index >= values.length ? { done: true, value: undefined } : { done: false, value: values[index] as T };
  };
  const pass = (): boolean => {
    const resolve = waiting.shift();
    resolve?.(answer());
    return resolve !== undefined;
  };
  const drain = (): void => {
    while (pass());
  };
  return {
    get asked() {
      return counts.asked;
    },
    get given() {
      return counts.given;
    },
    pass,
    open() {
      isOpen = true;
      drain();
    },
    [Symbol.asyncIterator]: () => ({
      next() {
        counts.asked++;
        if (isOpen || isLeft) return Promise.resolve(answer());
        return new Promise((resolve) => void waiting.push(resolve));
      },
      return() {
        isLeft = true;
        drain();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
