/**
 * The open protocol by which streams hand on values that are ready without a promise for each.
 *
 * A stream that has it is still a plain AsyncIterable to everyone else.
 */
import type { Stream } from "./stream.js";

/** The key of the method that opens a stream for reading in batches. It is the same symbol in every copy of this package. */
export const ready: unique symbol = Symbol.for("@iftk/core/ready") as never;

/** Values that are ready, in order and never changed afterwards, or undefined at the end of the stream. */
export type Batch<T> = readonly T[] | undefined;

/** Reads a stream batch by batch. It is asked for the next batch only after it has given the one before; until then a second read may never be answered. */
export interface ReadyReader<T> {
  /** What is ready now; a promise only when nothing is. It throws, or rejects, when the stream fails. */
  read(): Batch<T> | PromiseLike<Batch<T>>;
  /** Gives back what the reader holds: it is called once, when nobody reads on, also while a read is pending, but not after the end or a failure. */
  close?(): Promise<void> | void;
}

/** A stream that can be read in batches. */
export interface ReadyStream<T> extends Stream<T> {
  [ready](): ReadyReader<T>;
}
