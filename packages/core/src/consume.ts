/** Ends of a stream: what reads it to its end. */
import type { Stream } from "./stream.js";

/** All values of a stream, in an array. */
export async function collect<T>(stream: Stream<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** Calls a function with each value; what it returns is awaited before the next value is asked for. */
export async function forEach<T>(stream: Stream<T>, visit: (value: T) => void | Promise<void>): Promise<void> {
  for await (const value of stream) {
    const done = visit(value);
    if (done) await done;
  }
}
