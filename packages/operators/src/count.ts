/** Numbers made of a whole stream. */
import { inputStream, reduce, type InputStream, type Stream } from "@iftk/core";

/** The number of values. */
export function count<T>(): InputStream<T, number> {
  return inputStream(function count(input: Stream<T>) {
    return reduce(input, (total) => total + 1, 0);
  });
}

/** The sum of the values; 0 for none. */
export function sum(): InputStream<number, number> {
  return inputStream(function sum(input: Stream<number>) {
    return reduce(input, (total, value) => total + value, 0);
  });
}

/** How two values stand to each other: below 0 when the first comes first. */
export type Compare<T> = (a: T, b: T) => number;

const natural = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

async function extreme<T>(input: Stream<T>, isBetter: (value: T, best: T) => boolean): Promise<T | undefined> {
  const best = await reduce<T, { readonly value: T } | undefined>(input, (best, value) => (!best || isBetter(value, best.value) ? { value } : best), undefined);
  return best?.value;
}

/** The least value, the first of equals; undefined for an empty stream. By default values compare as with `<`. */
export function min<T>(compare: Compare<T> = natural): InputStream<T, T | undefined> {
  return inputStream(function min(input: Stream<T>) {
    return extreme(input, (value, best) => compare(value, best) < 0);
  });
}

/** The greatest value, the first of equals; undefined for an empty stream. By default values compare as with `<`. */
export function max<T>(compare: Compare<T> = natural): InputStream<T, T | undefined> {
  return inputStream(function max(input: Stream<T>) {
    return extreme(input, (value, best) => compare(value, best) > 0);
  });
}
