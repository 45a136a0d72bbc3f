/** Time that passes when a test says so. */
import { StageError } from "@iftk/core";
import { putInPlace, type Timing } from "./place-of-time.js";
import { sleepBy, type TimeSource } from "./sleep.js";
import { microtasks, turns } from "./signals.js";

/** A clock that a test moves; nothing that waits on it takes real time. */
export interface VirtualClock extends TimeSource, Disposable {
  /** Milliseconds since the clock was made. */
  readonly now: number;
  /** Timers that wait. */
  readonly timers: number;
  /**
   * Moves time on and runs what falls due, in order; before, between and after, promises and turns of the event loop settle.
   *
   * Rejects with the error of a timer that throws, and with StageError `invalid_argument` for a time that is no number from 0 on.
   */
  advance(milliseconds: number): Promise<void>;
  /**
   * Moves time on from timer to timer until the promise has settled, and gives what it does.
   *
   * @throws StageError `failed_precondition` when it is pending and no timer is left, or none within the limit (an hour, in milliseconds).
   */
  until<T>(promise: PromiseLike<T>, limit?: number): Promise<T>;
  /**
   * Puts this clock in the place of the runtime's: setTimeout, setInterval, their clear functions, Date, performance.now and AbortSignal.timeout.
   *
   * @throws StageError `failed_precondition` when another clock is in place.
   */
  install(): VirtualClock;
  /** Gives the runtime its own time back; timers that wait are kept. */
  uninstall(): void;
}

interface Timer {
  readonly run: () => void;
  readonly every: number | undefined;
  readonly id: number;
  at: number;
}

/** Timers that may fire at one instant, before it counts as a loop without end. */
const mostAtOneInstant = 100_000;

export interface VirtualClockOptions {
  /** What Date.now gives at the start, in milliseconds since the epoch; 0 by default. */
  readonly epoch?: number;
}

/** Gives a clock that stands at 0. It takes no place until it is installed. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new Clock(options.epoch ?? 0);
}

/** Turns of the event loop without a timer after which nothing more is expected to come. */
const idleTurns = 20;

/** Lets promises settle and turns of the event loop pass; two, since a cancellation may take one and lead to another. */
const settled = (): Promise<void> => turns(2);

class Clock implements VirtualClock, Timing {
  readonly epoch: number;
  readonly #timers = new Map<number, Timer>();
  #now = 0;
  #count = 0;
  #moving: Promise<unknown> = Promise.resolve();
  #takeAway: (() => void) | undefined;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  get now(): number {
    return this.#now;
  }

  get timers(): number {
    return this.#timers.size;
  }

  start(run: () => void, delay: number, repeats: boolean): number {
    const id = ++this.#count;
    const wait = Number.isFinite(delay) && delay > 0 ? delay : 0;
    this.#timers.set(id, { run, id, at: this.#now + wait, every: repeats ? Math.max(1, wait) : undefined });
    return id;
  }

  stop(id: number): void {
    this.#timers.delete(id);
  }

  advance(milliseconds: number): Promise<void> {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) return Promise.reject(new StageError("invalid_argument", `clock.advance: the time must be a number of milliseconds from 0 on, not ${String(milliseconds)}`));
    return this.#inTurn(async () => {
      const end = this.#now + milliseconds;
      await settled();
      while (await this.#step(end));
      this.#now = end;
      await settled();
    });
  }

  until<T>(promise: PromiseLike<T>, limit = 3_600_000): Promise<T> {
    let isSettled = false;
    const settle = (): void => void (isSettled = true);
    promise.then(settle, settle);
    return this.#inTurn(async () => {
      const end = this.#now + limit;
      await settled();
      for (let idle = 0; !isSettled && idle < idleTurns; idle++) {
        if (await this.#step(end)) idle = -1;
        else await turns();
      }
      if (isSettled) return promise;
      throw new StageError("failed_precondition", `clock.until: the promise is pending at ${this.#now} ms and no timer is left within ${limit} ms; what it waits for does not wait on this clock`);
    });
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return sleepBy((run) => {
      const id = this.start(run, milliseconds, false);
      return () => this.stop(id);
    }, signal);
  }

  install(): this {
    this.#takeAway ??= putInPlace(this);
    return this;
  }

  uninstall(): void {
    this.#takeAway?.();
    this.#takeAway = undefined;
  }

  [Symbol.dispose](): void {
    this.uninstall();
  }

  /** Moves are made one after another. */
  #inTurn<T>(move: () => Promise<T>): Promise<T> {
    const moved = this.#moving.then(move);
    this.#moving = moved.catch(() => {});
    return moved;
  }

  /** Moves to the next instant at which timers are due and runs them; false when there is none up to the end. */
  async #step(end: number): Promise<boolean> {
    const first = this.#nextUpTo(end);
    if (!first) return false;
    this.#now = first.at;
    let count = 0;
    for (let timer: Timer | undefined = first; timer; timer = this.#nextUpTo(this.#now)) {
      if (++count > mostAtOneInstant) throw new StageError("failed_precondition", `clock: more than ${mostAtOneInstant} timers at ${this.#now} ms; does one with no delay start itself again?`);
      if (timer.every === undefined) this.#timers.delete(timer.id);
      else timer.at += timer.every;
      timer.run();
      await microtasks(10); // as on Node, promises go on between two timers
    }
    await settled();
    return true;
  }

  #nextUpTo(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    return next;
  }
}
