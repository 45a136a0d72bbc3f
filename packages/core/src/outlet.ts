/** The reading end of values that arrive by themselves: those that came before they were asked for wait in a backlog. */
import type { Backlog } from "./backlog.js";
import { ignore } from "./ignore.js";
import type { Batch, ReadyReader } from "./ready.js";
import type { Failure } from "./scope.js";

/** What an outlet asks of the side that fills it. */
export interface OutletOwner<T> {
  /** The reader waits for values, or there is room for more. */
  onDemand(outlet: Outlet<T>): void;
  /** Nobody reads on. */
  onLeave(outlet: Outlet<T>): Promise<void> | void;
}

/**
 * A reader that is given its values.
 *
 * A read that has to wait gives the outlet itself: a thenable that answers at once when values come,
 * so that what follows it runs within the giver's turn.
 */
export class Outlet<T> implements ReadyReader<T>, PromiseLike<Batch<T>> {
  readonly #backlog: Backlog<T>;
  readonly #owner: OutletOwner<T>;
  #resolve: ((values: Batch<T>) => unknown) | undefined;
  #reject: ((error: unknown) => unknown) | undefined;
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
    return this.#resolve !== undefined;
  }

  /** Gives values to the reader; they go without a wait where it waits for them. */
  give(values: readonly T[]): void {
    if (this.#end || values.length === 0) return;
    if (this.#resolve) this.#answer(this.#resolve, values);
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
    if (failure && this.#reject) this.#answer(this.#reject, failure.error);
    else if (this.#resolve) this.#answer(this.#resolve, undefined);
  }

  #answer<A>(tell: (answer: A) => unknown, answer: A): void {
    this.#resolve = this.#reject = undefined;
    tell(answer);
  }

  /** Whoever reads is told here, once. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<T>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? ignore;
    this.#reject = reject ?? ignore;
    return this as never;
  };

  read(): Batch<T> | PromiseLike<Batch<T>> {
    let values = this.#backlog.take();
    if (!this.#end) this.#owner.onDemand(this);
    values ??= this.#backlog.take();
    if (values) return values;
    if (!this.#end) return this;
    if (this.#end.failure) throw this.#end.failure.error;
    return undefined;
  }

  close(): Promise<void> | void {
    this.#end = { failure: undefined };
    return this.#owner.onLeave(this);
  }
}
