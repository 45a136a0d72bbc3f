/** One timer for very many waits: a source on it costs a promise for each token and no timer of its own. */

const slots = 64;

/** Calls functions after a number of ticks of about a millisecond. */
export class TimerWheel {
  readonly #slots: (() => void)[][] = Array.from({ length: slots }, () => []);
  #at = 0;
  #waiting = 0;
  #isTicking = false;

  /** Calls the function after 1 to 63 ticks. */
  after(ticks: number, wake: () => void): void {
    this.#slots[(this.#at + ticks) % slots]?.push(wake);
    this.#waiting++;
    if (this.#isTicking) return;
    this.#isTicking = true;
    setTimeout(this.#tick, 1);
  }

  readonly #tick = (): void => {
    this.#at = (this.#at + 1) % slots;
    const due = this.#slots[this.#at] ?? [];
    this.#slots[this.#at] = [];
    this.#waiting -= due.length;
    for (const wake of due) wake();
    this.#isTicking = this.#waiting > 0;
    if (this.#isTicking) setTimeout(this.#tick, 1);
  };
}

/** A stream of the values with one to eight ticks before each. */
export function onTimers<T>(wheel: TimerWheel, values: readonly T[], offset: number): AsyncIterableIterator<T, undefined> {
  let index = 0;
  return {
    next: () =>
      new Promise((resolve) => {
        if (index >= values.length) {
          resolve({ done: true, value: undefined });
          return;
        }
        const value = values[index++] as T;
        wheel.after(1 + ((offset + index * 3) & 7), () => resolve({ done: false, value }));
      }),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
