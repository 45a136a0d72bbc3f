/** The three kinds of source: a token a promise, arrays of tokens, and an array in memory. */

export type SourceKind = "A" | "C" | "N";

export const sourceKinds: readonly SourceKind[] = ["A", "C", "N"];

/** Tokens that one array of a source of kind C holds, as a network read does. */
export const batchSize = 32;

/** What a pipeline reads, once. */
export type Source<T = string> =
  | { readonly kind: "A"; readonly tokens: AsyncIterable<T> }
  | { readonly kind: "C"; readonly batches: AsyncIterable<readonly T[]> }
  | { readonly kind: "N"; readonly tokens: readonly T[] };

/** A stream of the values, each behind a promise of its own. */
export function onePromiseEach<T>(values: readonly T[]): AsyncIterableIterator<T, undefined> {
  let index = 0;
  return {
    next: () => Promise.resolve(index < values.length ? { done: false, value: values[index++] as T } : { done: true, value: undefined }),
    return: () => {
      index = values.length;
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Cuts tokens into the arrays that a source of kind C gives. */
export function inBatches<T>(tokens: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(tokens.length / batchSize) }, (_, index) => tokens.slice(index * batchSize, (index + 1) * batchSize));
}

/** Tokens in the forms from which a source of each kind is made at no cost. */
export interface Supply<T = string> {
  readonly count: number;
  open(kind: SourceKind): Source<T>;
}

/** Prepares sources over tokens. */
export function supply<T>(tokens: readonly T[]): Supply<T> {
  const batches = inBatches(tokens);
  return {
    count: tokens.length,
    open: (kind) => {
      if (kind === "A") return { kind, tokens: onePromiseEach(tokens) };
      return kind === "C" ? { kind, batches: onePromiseEach(batches) } : { kind, tokens };
    },
  };
}
