/** The reading end of values that arrive by themselves: those that came before they were asked for wait in a backlog. */
import type { Backlog } from "./backlog.js";
import type { Batch, ReadyReader } from "./ready.js";
import type { Failure } from "./scope.js";
import { Turns } from "./turns.js";

/** What an outlet asks of the side that fills it. */
export interface OutletOwner<T> {
  /** The reader waits for values, or there is room for more. */
  onDemand(outlet: Outlet<T>): void;
  /** Nobody reads on. */
  onLeave(outlet: Outlet<T>): Promise<void> | void;
}

/** A reader that is given its values. */
export class Outlet<T> implements ReadyReader<T> {
  readonly #backlog: Backlog<T>;
  readonly #owner: OutletOwner<T>;
  readonly #turns = new Turns();
  #end: { readonly failure: Failure | undefined } | undefined;

  constructor(backlog: Backlog<T>, owner: OutletOwner<T>) {
    this.#backlog = backlog;
    this.#owner = owner;
  }

  get isFull(): boolean {
    return this.#backlog.isFull;
  }

  /** Whether a read waits for values. */
  get isWaiting(): boolean {
    return !this.#turns.isEmpty;
  }

  /** Gives values to the reader; they go without a wait where it waits for them. */
  give(values: readonly T[]): void {
    if (this.#end || values.length === 0) return;
    if (this.isWaiting) this.#turns.resolve(values);
    else {
      try {
        this.#backlog.add(values);
      } catch (error) {
        this.end({ error });
        void this.#owner.onLeave(this);
      }
    }
  }

  /** There are no more values than those that wait. */
  end(failure: Failure | undefined): void {
    this.#end ??= { failure };
    if (!this.isWaiting) return;
    if (failure) this.#turns.reject(failure.error);
    else this.#turns.resolve(undefined);
  }

  read(): Batch<T> | Promise<Batch<T>> {
    let values = this.#backlog.take();
    if (!this.#end) this.#owner.onDemand(this);
    values ??= this.#backlog.take();
    if (values) return values;
    if (!this.#end) return this.#turns.add();
    if (this.#end.failure) throw this.#end.failure.error;
    return undefined;
  }

  close(): Promise<void> | void {
    this.#end = { failure: undefined };
    return this.#owner.onLeave(this);
  }
}
