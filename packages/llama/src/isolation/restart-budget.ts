/** How often something may be started anew. */

const minute = 60_000;

/** Allows so many restarts within any minute. */
export class RestartBudget {
  readonly #most: number;
  /** Milliseconds on a clock that only goes on. */
  #times: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether one may be made now, which is then counted. */
  take(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < minute);
    if (this.#times.length >= this.#most) return false;
    this.#times.push(now);
    return true;
  }
}
