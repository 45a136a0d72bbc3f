/** The one shape everything here has: values over time, pulled by their consumer. */

/** An asynchronous sequence: lazy, and pulled by its one consumer. */
export type Stream<T> = AsyncIterable<T>;

/** What a stage may know of the call that it serves. */
export interface Call {
  /** Fires when the caller gives up or leaves. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch after which the caller no longer waits: the call is then aborted with `deadline_exceeded`. */
  readonly deadline?: number | undefined;
  /** What the caller sends along beside the input, by keys of `callValue`. */
  readonly values?: ReadonlyMap<object, unknown> | undefined;
}

/** A key for one thing that rides along with a call: who asks, the trace it belongs to. */
export interface CallValue<T> {
  /** The value that the call carries, or undefined. */
  of(call: Pick<Call, "values">): T | undefined;
  /** The values of the call, this one among them, to call another stage with. */
  in(value: T, call?: Pick<Call, "values">): ReadonlyMap<object, unknown>;
}

/** Makes a key for a value that rides along with calls; two keys never meet. */
export function callValue<T>(): CallValue<T> {
  const key: CallValue<T> = {
    of: (call) => call.values?.get(key) as T | undefined,
    in: (value, call) => new Map(call?.values).set(key, value),
  };
  return key;
}
