/** Waiting that stops at once when it is pointless. */

/** The longest time that a timer takes; a longer one would fire at once. */
const longest = 2 ** 31 - 1;

/** Starts a timer of the clock that is set now, be it a virtual one. */
export function startTimer(run: () => void, milliseconds: number): () => void {
  const timer = setTimeout(run, Math.min(Math.max(milliseconds, 0), longest));
  return () => clearTimeout(timer);
}

/** Resolves after the time; rejects with the signal's reason as soon as that fires. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = startTimer(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
