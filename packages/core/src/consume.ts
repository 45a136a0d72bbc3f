/** Ends of a stream: what reads it to its end. */
import { toJoint } from "./run.js";
import type { Stream } from "./stream.js";

/** Calls a function with each value; a promise that it gives is awaited before the next value is asked for. */
export function forEach<T>(stream: Stream<T>, visit: (value: T) => unknown): Promise<void> {
  return toJoint(stream).forEach(visit);
}

/** All values of a stream, in an array. */
export async function collect<T>(stream: Stream<T>): Promise<T[]> {
  const values: T[] = [];
  await forEach(stream, (value) => void values.push(value));
  return values;
}

/** The state after the last value. */
export async function reduce<T, State>(stream: Stream<T>, step: (state: State, value: T) => State, seed: State): Promise<State> {
  let state = seed;
  await forEach(stream, (value) => {
    state = step(state, value);
  });
  return state;
}

/** The first value, or undefined when there is none; the stream is closed. */
export async function first<T>(stream: Stream<T>): Promise<T | undefined> {
  for await (const value of toJoint(stream)) return value;
  return undefined;
}

/** The last value, or undefined when there is none. */
export function last<T>(stream: Stream<T>): Promise<T | undefined> {
  return reduce<T, T | undefined>(stream, (_, value) => value, undefined);
}
