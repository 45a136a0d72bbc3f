/** One timer that keeps all quiet connections of a server open. */

const longestTimer = 2 ** 31 - 1;

/** What can send a sign of life. */
export interface Beating {
  beat(): void;
}

/** Has each run beat at least once in so many milliseconds; 0 is never. */
export class Heartbeats {
  readonly #milliseconds: number;
  readonly #runs = new Set<Beating>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = Math.min(milliseconds, longestTimer);
  }

  add(run: Beating): void {
    if (this.#milliseconds <= 0) return;
    this.#runs.add(run);
    this.#timer ??= setInterval(() => {
      for (const each of this.#runs) each.beat();
    }, this.#milliseconds);
  }

  delete(run: Beating): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
