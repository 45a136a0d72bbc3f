/** A sequence that is used over a port. */
import type { Sequence } from "../backend.js";

/** Does one thing after another with a sequence: what comes after an abort waits until the pass has heard of it. */
export class HeldSequence {
  readonly #opening: Promise<Sequence>;
  #turn: Promise<unknown>;

  constructor(opening: Promise<Sequence>) {
    this.#opening = opening;
    this.#turn = opening.catch(() => {});
  }

  /** Fails as the opening did when there is no sequence. */
  act<T>(use: (sequence: Sequence) => T | Promise<T>): Promise<T> {
    const acted = this.#turn.then(async () => use(await this.#opening));
    this.#turn = acted.catch(() => {});
    return acted;
  }

  /** Does not wait: a pass that runs is given up. Gives whether there was a sequence. */
  async release(): Promise<boolean> {
    const sequence = await this.#opening.catch(() => undefined);
    sequence?.release();
    return sequence !== undefined;
  }
}
