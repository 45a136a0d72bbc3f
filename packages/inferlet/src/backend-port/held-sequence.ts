/** A sequence that is used over a port. */
import type { Sequence } from "../backend.js";

/** Does one thing after another with a sequence: what comes after an abort waits until the pass has heard of it. */
export class HeldSequence {
  readonly #opening: Promise<Sequence>;
  #turn: Promise<unknown>;
  /** The forks that were asked for. */
  #forks: Promise<unknown>;

  constructor(opening: Promise<Sequence>) {
    this.#opening = opening;
    this.#turn = this.#forks = opening.catch(() => {});
  }

  /** Fails as the opening did when there is no sequence. */
  act<T>(use: (sequence: Sequence) => T | Promise<T>): Promise<T> {
    const acted = this.#turn.then(async () => use(await this.#opening));
    this.#turn = acted.catch(() => {});
    return acted;
  }

  /** Fails as `act` does. `inRoom` makes the fork. */
  fork(inRoom: (fork: () => Sequence) => Promise<Sequence>): Promise<Sequence> {
    const forked = this.act((sequence) => inRoom(() => sequence.fork()));
    this.#forks = this.#turn;
    return forked;
  }

  /** Waits for nothing but forks: a pass that runs is given up. Gives whether there was a sequence. */
  async release(): Promise<boolean> {
    const sequence = await this.#opening.catch(() => undefined);
    await this.#forks;
    sequence?.release();
    return sequence !== undefined;
  }
}
