/** The place where one stage hands over to the next: it keeps the laws that neither side can keep alone. */
import { StageError } from "./error.js";
import { consumerLeft, macrotask, type Closable, type Scope } from "./scope.js";
import type { Stream } from "./stream.js";

type Result<T> = IteratorResult<T, undefined>;

interface Turn<T> {
  readonly resolve: (result: Result<T>) => void;
  readonly reject: (error: unknown) => void;
}

const ended = { done: true, value: undefined } as const;

/** Values after which a source that never waits lets the event loop turn. */
const fairShare = 4096;

/**
 * A stream read by one consumer, over a source that is opened by the first read.
 *
 * A pending read settles when the run is closed, whatever the source awaits, and the source is closed
 * by whichever comes first of end, error, return and abort.
 */
export class Joint<T> implements Stream<T>, Closable {
  readonly #scope: Scope;
  readonly #open: () => Stream<T>;
  /** The joint that the source of this one reads. */
  readonly #before: Joint<unknown> | undefined;
  #iterator: AsyncIterator<T> | undefined;
  /** The read that the source is answering, and those that wait behind it. */
  #turn: Turn<T> | undefined;
  #queue: Turn<T>[] = [];
  /** An abort that no read has been told yet. */
  #untold: { readonly reason: unknown } | undefined;
  #released: Promise<void> | undefined;
  #isTaken = false;
  #isDone = false;
  #count = 0;

  constructor(scope: Scope, open: () => Stream<T>, before?: Joint<unknown>) {
    this.#scope = scope;
    this.#open = open;
    this.#before = before;
  }

  get isWaiting(): boolean {
    return this.#turn !== undefined;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    if (this.#isTaken) throw new StageError("failed_precondition", "the stream already has its one consumer; call the stage again for another stream");
    this.#isTaken = true;
    const next = (): Promise<Result<T>> => this.#next();
    const close = (): Promise<Result<T>> => this.#return();
    return {
      next,
      return: close,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #next(): Promise<Result<T>> {
    const isLast = this.#scope.isLast(this);
    if (isLast) this.#scope.begin();
    if (this.#untold) return this.#tell(this.#untold.reason);
    if (this.#isDone) return Promise.resolve(ended);
    return new Promise((resolve, reject) => {
      const turn = { resolve, reject };
      if (this.#turn) this.#queue.push(turn);
      else if (isLast && ++this.#count % fairShare === 0) this.#pullLater(turn);
      else this.#pull(turn);
    });
  }

  async #tell(reason: unknown): Promise<never> {
    this.#untold = undefined;
    await this.#scope.closing;
    throw reason;
  }

  #pullLater(turn: Turn<T>): void {
    this.#turn = turn;
    void macrotask().then(() => {
      if (this.#turn === turn) this.#pull(turn);
    });
  }

  #pull(turn: Turn<T>): void {
    this.#turn = turn;
    try {
      this.#iterator ??= this.#open()[Symbol.asyncIterator]();
      Promise.resolve(this.#iterator.next()).then(
        (result) => this.#onResult(turn, result),
        (error: unknown) => this.#onEnd(turn, { error }),
      );
    } catch (error) {
      this.#onEnd(turn, { error });
    }
  }

  #onResult(turn: Turn<T>, result: IteratorResult<T>): void {
    if (this.#turn !== turn) return;
    if (result.done) {
      this.#onEnd(turn, undefined);
      return;
    }
    this.#turn = undefined;
    turn.resolve(result);
    const next = this.#queue.shift();
    if (next) this.#pull(next);
  }

  /** The source ended by itself: what it left open upstream is closed before the consumer hears of it. */
  #onEnd(turn: Turn<T>, failure: { readonly error: unknown } | undefined): void {
    if (this.#turn !== turn) return;
    this.#isDone = true;
    this.#iterator = undefined;
    this.#turn = undefined;
    const settle = (late?: { readonly error: unknown }): void => {
      const cause = failure ?? late;
      if (cause) turn.reject(cause.error);
      else turn.resolve(ended);
      for (const waiting of this.#queue.splice(0)) waiting.resolve(ended);
    };
    const isLast = this.#scope.isLast(this);
    const closing = isLast && failure ? this.#scope.close("error", failure.error) : this.#before?.closeUnlessDone(failure?.error);
    if (isLast) this.#scope.end();
    if (closing) {
      closing.then(
        () => settle(),
        (error: unknown) => settle({ error }),
      );
    } else settle();
  }

  async #return(): Promise<Result<T>> {
    this.#untold = undefined;
    await (this.#scope.isLast(this) ? this.#scope.close("return", consumerLeft()) : this.closeUnlessDone(undefined));
    return ended;
  }

  /** Closes the source if it may be open; undefined when there is nothing to wait for. */
  closeUnlessDone(reason: unknown): Promise<void> | undefined {
    if (this.#isDone) return this.#released;
    if (!this.isWaiting) return this.release();
    this.interrupt(reason ?? consumerLeft());
    return Promise.race([this.release().catch(() => {}), macrotask()]).then(() => this.abandon());
  }

  chain(): Joint<unknown>[] {
    return [this as Joint<unknown>, ...(this.#before?.chain() ?? [])];
  }

  interrupt(reason: unknown): void {
    const turns = [...(this.#turn ? [this.#turn] : []), ...this.#queue.splice(0)];
    this.#turn = undefined;
    if (turns.length > 0) this.#isDone = true;
    for (const turn of turns) turn.reject(reason);
  }

  detach(abort: { readonly reason: unknown } | undefined): () => void {
    const turns = [...(this.#turn ? [this.#turn] : []), ...this.#queue.splice(0)];
    this.#turn = undefined;
    this.#isDone = true;
    if (turns.length === 0) this.#untold = abort;
    return () => {
      if (abort) turns.shift()?.reject(abort.reason);
      for (const turn of turns) turn.resolve(ended);
    };
  }

  release(): Promise<void> {
    this.#isDone = true;
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    try {
      await this.#iterator?.return?.();
    } finally {
      await this.#before?.closeUnlessDone(undefined);
    }
  }

  abandon(): void {
    for (const joint of this.chain()) joint.release().catch(() => {});
  }
}
