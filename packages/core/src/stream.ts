/** The one shape everything here has: values over time, pulled by their consumer. */

/** An asynchronous sequence: lazy, and pulled by its one consumer. */
export type Stream<T> = AsyncIterable<T>;

/** What a stage may know of the call that it serves. */
export interface Call {
  /** Fires when the caller gives up or leaves. */
  readonly signal: AbortSignal;
}
