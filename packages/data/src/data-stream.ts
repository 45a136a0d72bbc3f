/** Items of a data set: lazy, and read anew by everyone who reads them. */
import {
  batch, bidi, collect, concat, each, filter, flatMap, from, outputStream, pipe, ready, reduce, scan, StageError, take, unary, validate,
  type Bidi, type Call, type CallOptions, type OutputAfter, type OutputStream, type ReadyReader, type ReadyStream, type StandardSchema, type Stream,
} from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { shuffled } from "./shuffle.js";
import { drawn } from "./split.js";
import { evenRows, rowsOf } from "./zip.js";

/** The type of the items of a data stream. */
export type ItemOf<S> = S extends DataStream<infer T> ? T : never;

/** What is left of a type without the values that count as false. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;

/** How items are shuffled. */
export interface ShuffleOptions {
  /** A whole number from 0 on. The same seed gives the same order, in every reading. */
  readonly seed: number;
  /** Items that are held, of which a random one is given next; 1000 by default. A stream that is not longer is shuffled as a whole. */
  readonly buffer?: number;
}

/** How items are split. */
export interface SplitOptions {
  /** A whole number from 0 on. The same seed gives the same halves, in every reading. */
  readonly seed: number;
}

/**
 * Items of a data set. Each reading opens the source anew, with its first read, and closes it with its last;
 * readings know nothing of one another.
 *
 * It is an AsyncIterable, so it goes wherever a stream goes, into stages and into `from(...)` of ix.
 */
export class DataStream<T> implements ReadyStream<T> {
  /** Where the items come from, as errors name it. */
  readonly label: string;
  readonly #read: OutputStream<undefined, T>;

  /** @param read gives the items, once for each reading. */
  constructor(label: string, read: OutputStream<undefined, T>) {
    this.label = label;
    this.#read = read;
  }

  /** One reading of the items, for one consumer; it ends when the signal of the call fires. */
  open(call?: CallOptions): Stream<T> {
    return this.#read(undefined, call);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this.open()[Symbol.asyncIterator]() as AsyncIterator<T, undefined>;
  }

  [ready](): ReadyReader<T> {
    return from(this.open())[ready]();
  }

  /** What a stage makes of the items, such as `each(model, { ahead: 4 })`, or an operator of ix. */
  pipe<Out>(operator: ((items: AsyncIterable<T>) => AsyncIterable<Out>) & { readonly mode?: never }): DataStream<Out>;
  pipe<S extends Bidi<T, unknown>>(stage: S): DataStream<OutputAfter<S, T>>;
  pipe(stage: Bidi<T, unknown> | ((items: Stream<T>) => Stream<unknown>)): DataStream<unknown> {
    return this.#then("mode" in stage ? stage : bidi(stage));
  }

  #then<Out>(stage: Bidi<T, Out>): DataStream<Out> {
    return new DataStream(this.label, pipe<[OutputStream<undefined, unknown>, Bidi<unknown, Out>]>(this.#read, stage as Bidi<unknown, Out>));
  }

  /** What the function makes of each item; a promise is awaited before the next item is read. */
  map<Out>(transform: (item: T, call: Call) => Out | Promise<Out>): DataStream<Out> {
    return this.#then(each(unary(transform)));
  }

  /** The items for which the function holds; without a function, those that count as true. */
  filter(): DataStream<Truthy<T>>;
  filter<Out extends T>(holds: (item: T) => item is Out): DataStream<Out>;
  filter(holds: (item: T) => boolean): DataStream<T>;
  filter(holds: (item: T) => boolean = Boolean): DataStream<unknown> {
    return this.#then(filter((item: T) => holds(item)));
  }

  /** The items of the items, each of which is an array or anything else that can be iterated. */
  flatten<Out>(this: DataStream<Iterable<Out> | AsyncIterable<Out>>): DataStream<Out> {
    return this.#then(flatMap((items) => items));
  }

  /**
   * The first items; the source is closed right after the last of them.
   *
   * @throws StageError `invalid_argument` when the count is no whole number from 0 on.
   */
  take(count: number): DataStream<T> {
    return this.#then(take<T>(count));
  }

  /**
   * Arrays of so many items; the last may be shorter.
   *
   * @throws StageError `invalid_argument` when the count is no whole number from 1 on.
   */
  batch(count: number): DataStream<T[]> {
    return this.#then(batch<T>(count));
  }

  /** What the schema makes of each item. The reading fails with StageError `invalid_argument`, which names the item's number, where one does not fit. */
  validate<Out>(schema: StandardSchema<unknown, Out>): DataStream<Out> {
    const number = scan((before: { item: unknown; number: number }, item: T) => ({ item, number: before.number + 1 }), { item: undefined, number: 0 });
    const check = unary(({ item, number }: { item: unknown; number: number }) => validate(schema, item, () => `${this.label}: item ${number}`));
    return this.#then(pipe(number, each(check)));
  }

  /** These items, then those of the other streams; each is opened when the one before has ended. */
  concat<Other = T>(...others: readonly DataStream<Other>[]): DataStream<T | Other> {
    const all: readonly DataStream<T | Other>[] = [this, ...others];
    const read = outputStream((_: undefined, call): Stream<T | Other> => concat(...all.map((stream) => stream.open(call))));
    return new DataStream(all.map(({ label }) => label).join(" + "), read);
  }

  /** Rows of an item of each stream. The reading fails with StageError `invalid_argument` when one of them ends before the others. */
  zip<S extends readonly DataStream<unknown>[]>(...others: S): DataStream<[T, ...{ -readonly [K in keyof S]: ItemOf<S[K]> }]> {
    const all = [this, ...others];
    const labels = all.map(({ label }) => label);
    const rows = outputStream((_: undefined, call) => rowsOf(all.map((stream) => stream.open(call))));
    return new DataStream(labels.join(", "), pipe(rows, evenRows(labels))) as DataStream<never>;
  }

  /**
   * The items in a random order, the same in every reading.
   *
   * @throws StageError `invalid_argument` when the seed, or the size of the buffer, is none.
   */
  shuffle({ seed, buffer = 1000 }: ShuffleOptions): DataStream<T> {
    requireNumber("shuffle: buffer", buffer, 1, "whole");
    return this.#then(shuffled<T>(seed, buffer));
  }

  /**
   * About so much of the items, drawn at random, and the others: to train and to test. Of every ten items as many are drawn
   * as the fraction says. Each of the two reads the whole source and keeps the order.
   *
   * @param fraction from 0 to 1
   * @throws StageError `invalid_argument` when the fraction or the seed is none.
   */
  split(fraction: number, { seed }: SplitOptions): [DataStream<T>, DataStream<T>] {
    if (!(fraction >= 0 && fraction <= 1)) throw new StageError("invalid_argument", `split: the fraction must be a number from 0 to 1, not ${String(fraction)}`);
    return [this.#then(drawn<T>(fraction, seed, true)), this.#then(drawn<T>(fraction, seed, false))];
  }

  /**
   * The first item, of a reading of its own.
   *
   * @throws StageError `not_found` when there is none.
   */
  async peek(call?: CallOptions): Promise<T> {
    for await (const item of this.open(call)) return item;
    throw new StageError("not_found", `${this.label} is empty: there is no first item`);
  }

  /** All items, in an array. */
  toArray(call?: CallOptions): Promise<T[]> {
    return collect(this.open(call));
  }

  /** The number of items, of which none is kept. */
  count(call?: CallOptions): Promise<number> {
    return reduce(this.open(call), (count) => count + 1, 0);
  }
}
