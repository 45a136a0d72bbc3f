/** Questions to a stream: the source is closed as soon as the answer is known. */
import { filter, first, inputStream, map, pipe, type Call, type InputStream, type Stream } from "@iftk/core";

async function isFound<T>(input: Stream<T>, call: Call, holds: (value: T) => boolean): Promise<boolean> {
  const found = pipe(filter(holds), map((_value: T) => true));
  return (await first(found(input, call))) ?? false;
}

/** Whether the function holds for a value; false for an empty stream. */
export function some<T>(holds: (value: T) => boolean): InputStream<T, boolean> {
  return inputStream(function some(input: Stream<T>, call) {
    return isFound(input, call, holds);
  });
}

/** Whether the function holds for all values; true for an empty stream. */
export function every<T>(holds: (value: T) => boolean): InputStream<T, boolean> {
  return inputStream(async function every(input: Stream<T>, call) {
    return !(await isFound(input, call, (value) => !holds(value)));
  });
}

/** Whether a value is among those of the stream, compared as `Array.includes` does. */
export function includes<T>(wanted: T): InputStream<T, boolean> {
  return inputStream(function includes(input: Stream<T>, call) {
    return isFound(input, call, (value) => value === wanted || Object.is(value, wanted));
  });
}
