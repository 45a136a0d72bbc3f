/** Timers that are set and neither fire nor are cleared, for tests on the real clock. */

/** A count of the timers that are set while it lasts. */
export interface LiveTimers extends Disposable {
  /** Timers that wait. */
  readonly count: number;
  /** Gives the runtime its own functions back and clears the timers that wait. Calling it again does nothing. */
  stop(): void;
}

type Run = (...values: unknown[]) => void;
type Timer = ReturnType<typeof setTimeout>;

/** Counts the timers and intervals that are set from now on; those of whoever took `setTimeout` before are not among them. */
export function liveTimers(): LiveTimers {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const live = new Set<Timer>();
  const clear = (handle?: Timer | number | string): void => {
    // A timer may be cleared by its number.
    for (const timer of live) if (Number(timer) === Number(handle)) live.delete(timer);
    clearTimeout(handle);
  };
  const counted = {
    setTimeout: (run: Run, delay?: number, ...values: unknown[]): Timer => {
      const timer = setTimeout(() => {
        live.delete(timer);
        run(...values);
      }, delay);
      live.add(timer);
      return timer;
    },
    setInterval: (...interval: Parameters<typeof setInterval>): Timer => {
      const timer: Timer = setInterval(...interval);
      live.add(timer);
      return timer;
    },
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, counted);
  const stop = (): void => {
    if ((globalThis.setTimeout as unknown) === counted.setTimeout) Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
    for (const timer of live) clear(timer);
  };
  return {
    get count() {
      return live.size;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}
