/** Waiting for a time, on whatever tells it. */

/** A promise for what calls back later, which a signal may cut short; nothing of it is left behind. */
export function sleepBy(start: (run: () => void) => () => void, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      stop();
      reject(signal?.reason);
    };
    const stop = start(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** What tells the time and wakes a sleeper. */
export interface TimeSource {
  /** Milliseconds since some instant that stays the same. */
  readonly now: number;
  /** Resolves when so many milliseconds have passed, or rejects with the reason of the signal. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The time of the runtime as it is at each call: a virtual clock that is installed, or else the real one. */
export const runtimeTime: TimeSource = {
  get now() {
    return performance.now();
  },
  sleep: (milliseconds, signal) =>
    sleepBy((run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    }, signal),
};
