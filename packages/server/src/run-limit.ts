/** How much runs at one time. */
import { StageError } from "@iftk/core";

/** Counts the runs of a server, whichever wire they came over, and refuses those beyond its limit. */
export class RunLimit {
  readonly #most: number;
  #runs = 0;

  /** Takes the number of runs that there may be; 256 without it. */
  constructor(most = 256) {
    this.#most = most;
  }

  /** Counts one run, until `release`. Throws StageError `unavailable` with reason `overloaded` where there is no room for it. */
  claim(): void {
    if (this.#runs >= this.#most) {
      throw new StageError("unavailable", `The server already runs ${this.#most} calls; try again later.`, { reason: "overloaded", retryAfter: 1000 });
    }
    this.#runs += 1;
  }

  /** Gives one back. */
  release(): void {
    this.#runs -= 1;
  }
}
