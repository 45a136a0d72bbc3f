/** Work that a provider does while one asks again and again. */
import { outputStream, StageError, type Stream } from "@iftk/core";
import { pause } from "@iftk/core/authoring";

/** How a job is asked about. Times are in milliseconds. */
export interface PollOptions<T> {
  /** Asks for the state. */
  readonly ask: (signal: AbortSignal) => Promise<T>;
  /** Whether the state is the last one. */
  readonly isDone: (state: T) => boolean;
  /** Wait between an answer and the next question. */
  readonly interval: number;
  /** What the wait is multiplied with after each answer; 1 by default. */
  readonly backoff?: number | undefined;
  /** Longest wait; without it the backoff has no bound but `maxWait`. */
  readonly maxInterval?: number | undefined;
  /** How long all of it may take. */
  readonly maxWait: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Each state of a job, up to the one that is the last.
 *
 * Throws StageError `deadline_exceeded`, reason `timeout`, when there is no such state in time, and the signal's reason when it fires.
 */
export function poll<T>(options: PollOptions<T>): Stream<T> {
  const { ask, isDone, interval, backoff = 1, maxInterval = Infinity, maxWait, signal } = options;
  const states = outputStream(async function* poll(_: undefined, call) {
    const limit = new AbortController();
    const stop = (): void => limit.abort(call.signal.reason);
    call.signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(() => limit.abort(new StageError("deadline_exceeded", `the job did not end within ${maxWait} ms`, { reason: "timeout" })), Math.min(maxWait, longestTimer));
    try {
      for (let wait = interval; ; wait = Math.min(wait * backoff, maxInterval)) {
        const state = await heeding(limit.signal, ask(limit.signal));
        yield state;
        if (isDone(state)) return;
        await pause(wait, limit.signal);
      }
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", stop);
    }
  });
  return states(undefined, signal ? { signal } : {});
}

/** A timer of more milliseconds fires at once. */
const longestTimer = 2 ** 31 - 1;

/** What the promise gives, or the signal's reason as soon as it fires. */
function heeding<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
