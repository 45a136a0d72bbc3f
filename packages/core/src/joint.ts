/** The place where stages hand over: it keeps, for one consumer, the laws that no stage can keep alone. */
import { StageError } from "./error.js";
import { Flow } from "./flow.js";
import type { Emit, Segment } from "./fused.js";
import { ignore } from "./ignore.js";
import { Iteration } from "./iteration.js";
import { macrotask } from "./macrotask.js";
import { leaveUnread, openReader, relay, type Reader } from "./reader.js";
import { ready, type Batch, type ReadyReader, type ReadyStream } from "./ready.js";
import { consumerLeft, type Closable, type Failure, type Scope } from "./scope.js";
import type { Call } from "./stream.js";
import { Turns } from "./turns.js";

/** How the consumer reads. */
interface Face {
  /** Takes a value when the last stage gives one. */
  readonly sink: Emit;
  /** What a read gives at the end. */
  readonly ended: unknown;
}

/** What a joint reads: anything that can be read, or a transform of what the joint before gives. */
export interface Input {
  readonly source?: unknown;
  /** Called when the source is left before it was opened. */
  readonly onUnread?: (() => unknown) | undefined;
  readonly transform?: ((input: never, call: Call) => unknown) | undefined;
  readonly before?: Joint<unknown> | undefined;
}

/**
 * A stream read by one consumer: a source, opened by the first read, and the stages fused after it.
 *
 * A pending read settles when the run is closed, whatever the source awaits, and the source is closed
 * by whichever comes first of end, error, return and abort.
 */
export class Joint<T> extends Flow implements ReadyStream<T>, Closable {
  readonly #scope: Scope;
  readonly #input: Input;
  readonly #turns = new Turns();
  #face: Face | undefined;
  /** Takes a value for the consumer that gave a function. */
  visit: (value: unknown) => unknown = ignore;
  /** Whether a read is under way, and its answer when another is made from within: it comes first. */
  #isReading = false;
  #outer: Promise<IteratorResult<T, undefined>> | undefined;
  /** Whether it has come to its end by itself and is about to be settled. */
  #isEnding = false;
  #isSettled = false;
  #released: Promise<void> | undefined;
  /** The same, but not waiting for what is deaf. */
  #left: Promise<void> | undefined;

  constructor(scope: Scope, input: Input, segment: Segment) {
    super(segment);
    this.#scope = scope;
    this.#input = input;
  }

  get call(): Call {
    return this.#scope.call;
  }

  // How it is read: one by one, in batches, or all at one go

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    this.#takeAs(oneByOne);
    return new Iteration(this);
  }

  [ready](): ReadyReader<T> {
    this.#takeAs(inBatches);
    this.isRelaying = !this.hasStages;
    return { read: () => this.#readBatch(), close: () => this.close() };
  }

  /** What a stream without stages of its own reads, or else itself. */
  [relay](): Reader {
    const { source, transform } = this.#input;
    if (this.hasStages || transform || this.#scope.isHearing) return this[ready]();
    this.#takeAs(inBatches);
    return openReader(source);
  }

  /** Calls the function with each value; a promise it gives is awaited before the next. */
  forEach(visit: (value: T) => unknown): Promise<void> {
    try {
      this.#takeAs(atOneGo);
    } catch (error) {
      return Promise.reject(error);
    }
    this.visit = visit as (value: unknown) => unknown;
    const through = this.#turns.add<void>();
    this.isAsked = true;
    this.move();
    return through;
  }

  #takeAs(face: Face): void {
    if (this.#face) throw new StageError("failed_precondition", "the stream has its one consumer; call the stage again for another stream");
    this.#face = face;
  }

  /** The next value. */
  read(): Promise<IteratorResult<T, undefined>> {
    if (this.#isReading) this.#outer ??= this.#turn();
    else if (this.#turns.isEmpty && !this.isDone) {
      this.isAsked = this.#isReading = true;
      this.move();
      this.#isReading = false;
      const outer = this.#outer;
      this.#outer = undefined;
      if (outer) return outer;
      if (this.gathered.length > 0) return Promise.resolve({ done: false, value: this.gathered.pop() as T });
    }
    return this.#turn();
  }

  #readBatch(): Batch<T> | Promise<Batch<T>> {
    if (!this.isDone) {
      this.isAsked = true;
      this.move();
      if (this.gathered.length > 0) {
        this.isAsked = false;
        return this.handOver() as T[];
      }
    }
    return this.#turn();
  }

  /** A promise of the next answer, or of the end. */
  #turn<A>(): Promise<A> {
    const isLeft = this.#released && !this.#isEnding && !this.#isLast;
    if (!this.#isSettled && !isLeft) return this.#turns.add();
    const { failure } = this;
    this.failure = undefined;
    return failure ? Promise.reject(failure.error) : Promise.resolve(this.#face?.ended as A);
  }

  get #isLast(): boolean {
    return this.#scope.last === this;
  }

  // How values move

  protected openSource(): unknown {
    const { transform, before, source } = this.#input;
    return transform ? transform(before as never, this.#scope.call) : source;
  }

  protected leaveUnread(): unknown {
    const { onUnread, source } = this.#input;
    return onUnread ? onUnread() : leaveUnread(source);
  }

  protected onStop(): void {
    this.#scope.isCut = true;
  }

  protected begin(): void {
    if (this.#isLast) this.#scope.begin();
  }

  protected get sink(): Emit {
    return (this.#face ?? inBatches).sink;
  }

  /** Takes a value for the consumer that reads one by one. */
  give(value: unknown): void {
    if (this.isDone) return; // a stage has closed the run while it had this value
    if (this.#turns.isEmpty) this.gather(value);
    else this.#turns.resolve({ done: false, value });
    if (this.#turns.isEmpty) this.isAsked = this.isGoing = false;
  }

  /** Takes a value for the consumer that reads in batches. */
  collect(value: unknown): void {
    this.gather(value);
  }

  protected pause(): void {
    if (this.isDone) this.handOver();
    if (this.gathered.length === 0 || this.#turns.isEmpty) return;
    this.isAsked = false;
    this.#turns.resolve(this.handOver());
  }

  /** It gives no more: what is left open upstream is closed before the consumer hears of it. */
  protected end(failure?: Failure): void {
    this.failure = undefined;
    this.isDone = this.#isEnding = true;
    const closing = failure && this.#isLast ? this.#scope.close("error", failure.error) : this.#leave(failure?.error);
    if (closing) {
      closing.then(
        () => this.settle(failure),
        (error: unknown) => this.settle(failure ?? { error }),
      );
    } else this.settle(failure);
  }

  // How it is closed

  settle(failure?: Failure): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (this.#isLast) this.#scope.end();
    if (failure && this.#turns.isEmpty) this.failure = failure;
    else if (failure) this.#turns.reject(failure.error);
    while (!this.#turns.isEmpty) this.#turns.resolve(this.#face?.ended);
  }

  /** The consumer wants no more. */
  async close(): Promise<void> {
    this.handOver();
    try {
      await (this.#isLast ? this.#scope.close("return", consumerLeft()) : this.closeUnlessDone());
    } finally {
      this.failure = undefined;
    }
  }

  /** Closes what may be open; undefined when there is nothing to wait for. */
  #leave(reason: unknown): Promise<void> | undefined {
    return this.isHolding ? this.release() : this.#input.before?.closeUnlessDone(reason);
  }

  closeUnlessDone(reason?: unknown): Promise<void> | undefined {
    if (this.#left || this.#released || this.#isSettled) return this.#left ?? (this.isAwaiting ? undefined : this.#released); // what was given up while it waits for its source is waited for by nobody
    this.#scope.isCut = true;
    if (!this.isWaiting) return this.release();
    for (const joint of this.chain()) joint.interrupt(reason ?? consumerLeft()); // a generator that waits for the one before goes on
    const released = this.release();
    return (this.#left = Promise.race([released.catch(ignore), macrotask()]).then(() => (this.isAwaiting ? this.abandon() : released)));
  }

  get isWaiting(): boolean {
    return this.isAwaiting || !this.#turns.isEmpty;
  }

  chain(): Joint<unknown>[] {
    return [this, ...(this.#input.before?.chain() ?? [])];
  }

  interrupt(reason: unknown): void {
    this.halt();
    this.#isEnding = false;
    if (this.#isReading) this.#outer ??= Promise.reject(reason);
    while (!this.#turns.isEmpty) this.#turns.reject(reason);
  }

  release(): Promise<void> {
    this.halt();
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    try {
      await this.closeSources();
    } finally {
      await this.#input.before?.closeUnlessDone();
    }
  }

  abandon(): void {
    for (const joint of this.chain()) {
      joint.release().catch(ignore);
      joint.abandonSources();
    }
  }
}

const oneByOne: Face = { ended: { done: true, value: undefined }, sink: (value, run) => (run as Joint<unknown>).give(value) };
const inBatches: Face = { ended: undefined, sink: (value, run) => (run as Joint<unknown>).collect(value) };
const atOneGo: Face = {
  ended: undefined,
  sink(value, run) {
    const { visit } = run as Joint<unknown>;
    return visit(value);
  },
};
