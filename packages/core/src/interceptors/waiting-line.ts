/** Calls that wait until they may begin. */
import { StageError } from "../error.js";

/** A line of bounded length: who came first is let in first, and each leaves as soon as its signal fires. */
export class WaitingLine {
  readonly #name: string;
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();

  constructor(name: string, limit: number) {
    this.#name = name;
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * Resolves when let in; rejects with the signal's reason when that fires before.
   *
   * @throws StageError `resource_exhausted` when the line is full.
   */
  join(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#waiting.size >= this.#limit) return reject(new StageError("resource_exhausted", `${this.#name}: ${this.#limit} calls are waiting already; try again later, or make queue larger`, { reason: "queue-full" }));
      const enter = (): void => {
        this.#waiting.delete(enter);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      this.#waiting.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Lets in the one that waits longest; false when none waits. */
  admit(): boolean {
    for (const enter of this.#waiting) {
      enter();
      return true;
    }
    return false;
  }
}
