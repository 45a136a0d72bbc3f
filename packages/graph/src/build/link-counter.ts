/** What passes a link, counted. */
import type { LinkWatcher } from "./link-reader.js";
import type { LinkStatistics } from "./pipeline-run.js";

/** The values that wait for one link in the split or queue before it: those that went in and have not come out. */
export class Waiting {
  readonly #room: () => number;
  #count = 0;
  #isOver = false;

  /** `room` tells how many may wait; those beyond it are dropped. */
  constructor(room: () => number) {
    this.#room = room;
  }

  get count(): number {
    return this.#count;
  }

  add(count: number): void {
    if (!this.#isOver) this.#count = Math.min(this.#count + count, this.#room());
  }

  take(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }

  /** Nobody takes them any more. */
  end(): void {
    this.#isOver = true;
    this.#count = 0;
  }
}

/** Counts what passes a link, in one pass or, within a loop, in several. */
export class LinkCounter {
  readonly #from: string;
  readonly #to: string;
  #items = 0;
  /** Values that the consumer was given and has not come back from. */
  #given = 0;
  #stalled = 0;
  /** When it was given them. */
  #since: number | undefined;
  #waiting: Waiting | undefined;

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  get statistics(): LinkStatistics {
    const now = this.#since === undefined ? 0 : performance.now() - this.#since;
    return { from: this.#from, to: this.#to, items: this.#items, queued: this.#given + (this.#waiting?.count ?? 0), stalled: this.#stalled + now };
  }

  /** What watches a pass: `waiting` are the values before the link, where some can wait there. */
  watch(waiting: Waiting | undefined): Omit<LinkWatcher, "onFailure"> {
    this.#waiting = waiting;
    return {
      onRead: () => this.#taken(),
      onBatch: (batch) => {
        this.#items += batch.length;
        this.#given = batch.length;
        this.#since = performance.now();
        waiting?.take(batch.length);
      },
      onOver: () => {
        this.#taken();
        waiting?.end();
      },
    };
  }

  #taken(): void {
    if (this.#since === undefined) return;
    this.#stalled += performance.now() - this.#since;
    this.#since = undefined;
    this.#given = 0;
  }
}
