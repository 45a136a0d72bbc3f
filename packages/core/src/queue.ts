/** Values that wait, in order, between those who push them and the one who pulls them. */
import { StageError } from "./error.js";
import type { Failure } from "./scope.js";

/** The answer to a read. */
export type Result<T> = IteratorResult<T, undefined>;

/** What a stream answers when it has nothing more. */
export const ended = { done: true, value: undefined } as const;

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Entry<T> {
  readonly value: T;
  held?: Settle<void> | undefined;
}

/** Pushes that may be held up at once; one more is refused. */
const mostHeld = 1024;

/** A queue that holds up who pushes more than its capacity. */
export class Queue<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #pulls: Settle<Result<T>>[] = [];
  #capacity: number;
  #end: { readonly failure: Failure | undefined } | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Gives a promise where the value is beyond the capacity: it resolves when enough was taken. */
  push(value: T): Promise<void> | undefined {
    if (this.#end) return undefined;
    const pull = this.#pulls.shift();
    if (pull) {
      pull.resolve({ done: false, value });
      return undefined;
    }
    if (this.size >= this.#capacity + mostHeld) return Promise.reject(new StageError("resource_exhausted", `${mostHeld} messages already wait to be taken; await each before the next`));
    const entry: Entry<T> = { value };
    this.#entries.push(entry);
    if (this.size <= this.#capacity) return undefined;
    return new Promise((resolve, reject) => (entry.held = { resolve, reject }));
  }

  /** The oldest value, or undefined; once there is none, throws what the queue ended with. */
  shift(): T | undefined {
    const entry = this.#entries.shift();
    if (!entry && this.#end?.failure) throw this.#end.failure.error;
    const freed = this.#capacity === 0 ? entry : this.#entries[this.#capacity - 1];
    freed?.held?.resolve();
    return entry?.value;
  }

  next(): Promise<Result<T>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.shift() as T });
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      this.#settle();
    });
  }

  /** Takes no more; what waits can still be taken. */
  end(failure?: Failure): void {
    this.#end ??= { failure };
    this.#settle();
  }

  /** Drops what waits; who was held up is let go, or rejected with the failure. */
  clear(failure?: Failure): void {
    for (const { held } of this.#entries.splice(0)) {
      if (failure) held?.reject(failure.error);
      else held?.resolve();
    }
  }

  /** From now on holds nobody up. */
  unbound(): void {
    this.#capacity = Infinity;
    for (const { held } of this.#entries) held?.resolve();
  }

  #settle(): void {
    if (!this.#end) return;
    const { failure } = this.#end;
    for (const { resolve, reject } of this.#pulls.splice(0)) {
      if (failure) reject(failure.error);
      else resolve(ended);
    }
  }
}
