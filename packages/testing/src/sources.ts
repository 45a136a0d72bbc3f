/** Streams for tests: ones that give, ones that never answer, ones that tell what was done to them. */
import type { Stream } from "@iftk/core";

/** A stream of the given values, each after a promise. */
export async function* feed<T>(...values: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const value of values) yield await Promise.resolve(value);
}

/** A stream that gives the values and then neither answers a read nor a return, whatever is aborted. */
export function hang<T>(...values: readonly T[]): Stream<T> {
  return {
    [Symbol.asyncIterator]() {
      let index = 0;
      const next = (): Promise<IteratorResult<T>> => (index < values.length ? Promise.resolve({ done: false, value: values[index++] as T }) : new Promise(() => {}));
      return { next, return: () => (index < values.length ? Promise.resolve({ done: true, value: undefined }) : new Promise(() => {})) };
    },
  };
}

/** A stream of the values that then fails with the error. */
export async function* failing<T>(error: unknown, ...values: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* feed(...values);
  throw error;
}

/** A stream, with counts of what its consumer did. */
export interface Tracked<T> extends Stream<T> {
  readonly opened: number;
  /** Values asked for. */
  readonly pulled: number;
  /** How often the source ended or was told to. */
  readonly closed: number;
}

/** Gives the stream on and counts what its consumer does. */
export function tracked<T>(source: Stream<T>): Tracked<T> {
  const counts = { opened: 0, pulled: 0, closed: 0 };
  return {
    get opened() {
      return counts.opened;
    },
    get pulled() {
      return counts.pulled;
    },
    get closed() {
      return counts.closed;
    },
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      counts.opened++;
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next() {
          counts.pulled++;
          try {
            const result = await iterator.next();
            if (!result.done) return result;
          } catch (error) {
            counts.closed++;
            throw error;
          }
          counts.closed++;
          return { done: true, value: undefined };
        },
        async return() {
          counts.closed++;
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
