/** How values move: a source, and the stages fused after it, run as one loop for as long as values are ready. */
import { StageError } from "./error.js";
import { closeAll, cut, empty, insert, sourceFrame, valuesFrame, type Frame } from "./frame.js";
import type { Control, Emit, Segment } from "./fused.js";
import { ignore } from "./ignore.js";
import { macrotask } from "./macrotask.js";
import { isThenable, openReader, type Answer } from "./reader.js";
import type { Failure } from "./scope.js";
import type { Call } from "./stream.js";

/** Values after which a source that never waits lets the event loop turn. */
const fairShare = 4096;

/** Shared by all flows that hold nothing: it is never added to. */
const none: never[] = [];

/**
 * Moves values from a source through fused stages while they are wanted and nothing has to be waited for.
 *
 * It waits for one thing at a time: for an answer of the source, or for a promise that a stage gave.
 */
export abstract class Flow implements Control {
  isGoing = false;
  isAwaiting = false;
  states: unknown[] = none;
  /** Whether the consumer wants a value. */
  protected isAsked = false;
  /** Whether no more values are given. */
  protected isDone = false;
  /** Whether batches go on as they are: there is no stage, and the consumer takes batches. */
  protected isRelaying = false;
  /** What the stages threw while values were given that nobody has taken yet. */
  protected failure: Failure | undefined;
  /** Values given while nobody waits for them: for a consumer that reads one by one, at most one. */
  protected gathered: unknown[] = none;
  readonly #segment: Segment;
  #frame: Frame | undefined;
  /** Stages that have given what they kept for the end. */
  #ended = 0;
  #stoppedAt = -1;
  #stopping: Promise<unknown> | undefined;
  /** Who takes what is awaited; nobody when it is the answer of a source. */
  #awaiting: Emit | undefined;
  #isOpen = false;
  /** Whether its source was never opened. */
  #isUnread = true;
  #isMoving = false;
  /** Values since the event loop last turned for this flow's sake. */
  #count = 0;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  abstract readonly call: Call;
  /** What the values come from. */
  protected abstract openSource(): unknown;
  /** It is left before the first value was wanted. */
  protected abstract leaveUnread(): unknown;
  /** Takes what the last stage gives. */
  protected abstract readonly sink: Emit;
  /** The first value is wanted. */
  protected abstract begin(): void;
  /** A stage has closed what is upstream of it. */
  protected abstract onStop(): void;
  /** Values have moved as far as they could. */
  protected abstract pause(): void;
  /** There are no more values. */
  protected abstract end(failure?: Failure): void;

  keep(values: readonly unknown[], index: number, next: Emit, at: number): void {
    if (index < values.length && at > this.#stoppedAt) this.#push(valuesFrame(values, index, next, at));
  }

  expand(stream: unknown, next: Emit, at: number): void {
    this.#push(sourceFrame(stream ?? null, next, at));
  }

  hold(done: unknown): void {
    if (isThenable(done)) this.wait(done, ignore);
  }

  wait(promise: PromiseLike<unknown>, next: Emit): void {
    this.isAwaiting = true;
    this.isGoing = false;
    this.#awaiting = next;
    Promise.resolve(promise).then(this.#onAnswer, this.#onFailure); // a promise-like may answer at once, or twice
  }

  stop(at: number): void {
    const { kept, dropped } = cut(this.#frame, at);
    if (dropped) this.onStop();
    this.#stoppedAt = Math.max(at, this.#stoppedAt);
    this.#frame = kept;
    this.isGoing = false;
    const earlier = this.#stopping;
    this.#stopping = closeAll(dropped).then(() => earlier);
    this.#stopping.catch(ignore); // told at the end
  }

  /** No more values are given, nor handed on from a batch that is on its way. */
  halt(): void {
    this.isDone = true;
    this.isGoing = false;
  }

  #push(frame: Frame): void {
    this.#frame = insert(this.#frame, frame);
    this.isGoing = false;
  }

  /** Moves values, first the one that was waited for. */
  protected move(next?: Emit, value?: unknown): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      if (!this.#isOpen) this.#open();
      if (next) {
        this.isGoing = this.isAsked;
        this.#count++;
        this.#emit(next, value);
      }
      while (this.isAsked && !this.isAwaiting && !this.isDone) this.#step();
    } catch (error) {
      this.#fail(error);
    }
    this.#isMoving = false;
    this.pause();
  }

  #open(): void {
    this.#isOpen = true;
    this.begin();
    if (this.isDone) return;
    this.#segment.begin(this);
    if (this.#stoppedAt >= 0) return;
    this.#isUnread = false;
    this.#frame = sourceFrame(this.openSource() ?? null, this.#segment.before(this.sink).head, 0);
  }

  #step(): void {
    const frame = this.#frame;
    if (this.failure) {
      this.isAsked = false; // what was given before it goes out first
      if (this.gathered.length === 0) this.end(this.failure);
    } else if (this.#count >= fairShare) {
      this.#count = 0;
      this.wait(macrotask(), ignore);
    } else if (frame && frame.index < frame.batch.length) this.#hand(frame);
    else if (this.gathered.length > 0) this.isAsked = false; // what is ready goes out before more is asked for
    else if (frame) this.#refill(frame);
    else this.#endOne();
  }

  #hand(frame: Frame): void {
    const { batch, head, index: begin } = frame;
    if (this.isRelaying) {
      this.gathered = (begin === 0 ? batch : batch.slice(begin)) as unknown[]; // nothing is added to it: it is taken first
      this.#count += batch.length;
      this.isAsked = false;
      return empty(frame);
    }
    const end = Math.min(batch.length, begin + fairShare - this.#count);
    let index = begin;
    this.isGoing = true;
    while (index < end && this.isGoing) {
      const done = head(batch[index++], this);
      if (done !== undefined) this.hold(done);
    }
    frame.index = index;
    this.#count += index - begin;
  }

  #refill(frame: Frame): void {
    if (frame.index > 0) empty(frame);
    if (frame.source === undefined) {
      this.#frame = frame.below;
      return;
    }
    let answer: Answer | PromiseLike<Answer>;
    try {
      frame.reader ??= openReader(frame.source);
      answer = frame.reader.read();
    } catch (error) {
      this.#frame = frame.below;
      throw error;
    }
    if (isThenable(answer)) {
      this.isAwaiting = true;
      answer.then(this.#onAnswer, this.#onFailure);
    } else if (!this.isDone) this.#receive(frame, answer);
    if (this.isDone) closeAll(frame).catch(ignore); // reading it has closed the run
  }

  #receive(frame: Frame, answer: Answer): void {
    this.#count++;
    if (Array.isArray(answer)) {
      frame.batch = answer;
      frame.index = 0;
      return;
    }
    const result = answer as IteratorResult<unknown> | undefined;
    if (result && typeof result !== "object") throw new StageError("invalid_argument", `the source answered a read with a ${typeof result} in place of { done, value }`);
    if (!result || result.done) this.#frame = frame.below;
    else {
      this.isGoing = true;
      this.#emit(frame.head, result.value);
    }
  }

  #emit(head: Emit, value: unknown): void {
    const done = head(value, this);
    if (done !== undefined) this.hold(done);
  }

  readonly #onAnswer = (answer: unknown): void => {
    const next = this.#awaiting;
    const frame = this.#frame;
    this.#awaiting = undefined;
    this.isAwaiting = false;
    if (this.isDone) return;
    if (next) this.move(next, answer);
    else if (frame) {
      try {
        const result = answer as IteratorResult<unknown> | undefined;
        if (typeof result === "object" && !Array.isArray(result) && !result.done) this.move(frame.head, result.value);
        else {
          this.#receive(frame, answer as Answer);
          this.move();
        }
      } catch (error) {
        this.#fail(error);
      }
    }
  };

  readonly #onFailure = (error: unknown): void => {
    this.isAwaiting = false;
    if (this.isDone) return;
    if (!this.#awaiting) this.#frame = this.#frame?.below; // a source that failed is over
    this.#fail(error);
  };

  /** One more of the stages gives what it kept for the end, the first one first; then the flow is over. */
  #endOne(): void {
    const last = this.#segment.before(this.sink).ends[this.#ended++];
    if (!last) this.end();
    else if (last.at > this.#stoppedAt) this.keep(last.end(this.states[last.at]), 0, last.next, last.at + 1);
  }

  #fail(error: unknown): void {
    if (this.isDone) return;
    this.failure = { error };
    if (this.gathered.length === 0) this.end(this.failure);
  }

  protected get hasStages(): boolean {
    return !this.#segment.isEmpty;
  }

  /** Takes a value that nobody waits for. */
  protected gather(value: unknown): void {
    if (this.gathered === none) this.gathered = [value];
    else this.gathered.push(value);
  }

  /** Gives what was gathered. */
  protected handOver(): unknown[] {
    const values = this.gathered;
    this.gathered = none;
    return values;
  }

  /** Whether there is a source that may be open. */
  protected get isHolding(): boolean {
    return this.#isUnread || this.#frame !== undefined || this.#stopping !== undefined;
  }

  /** Closes the sources that are open, those furthest downstream first. */
  protected async closeSources(): Promise<void> {
    if (this.#isUnread) await this.leaveUnread();
    this.#isOpen = true;
    await Promise.all([closeAll(this.#frame), this.#stopping]);
  }

  /** Asks every source that is still open to finish, and waits for none. */
  protected abandonSources(): void {
    for (let frame = this.#frame; frame; frame = frame.below) closeAll(frame).catch(ignore);
  }
}
