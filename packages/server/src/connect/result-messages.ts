/** The results of one run as messages, read by whoever sends them. */
import { ready, type Batch, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import { isBatch } from "@iftk/core/authoring";
import type { Message } from "@bufbuild/protobuf";

/** What is needed to run. */
export interface ResultSource {
  /** Claims a place for the run, and gives what gives it back. */
  claim(): () => void;
  /** Starts the run; called by the first read. */
  open(): Stream<unknown>;
  /** Makes a message of a value. */
  toMessage(value: unknown): Message;
  /** What is told of an error that ends the run. */
  tell(error: unknown): Error;
  /** Fires when the caller leaves, and when the call is over. */
  readonly signal: AbortSignal;
}

/** Messages of one run, for its one reader. The run ends when the signal fires, also while nobody reads; what is read then is why. */
export class ResultMessages implements AsyncIterableIterator<Message> {
  readonly #source: ResultSource;
  #reader: ReadyReader<unknown> | undefined;
  #release: (() => void) | undefined;
  #batch: readonly unknown[] = [];
  #next = 0;
  #state: "new" | "open" | "over" | "cut" = "new";

  constructor(source: ResultSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    try {
      if (this.#next < this.#batch.length) return Promise.resolve(this.#take());
      const batch = this.#read();
      return isBatch(batch) ? Promise.resolve(this.#onBatch(batch)) : Promise.resolve(batch).then(this.#onAnswer, this.#onFailure);
    } catch (error) {
      return Promise.reject(this.#tell(error));
    }
  }

  async return(): Promise<IteratorResult<Message>> {
    this.#end("over");
    return { done: true, value: undefined };
  }

  #read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    const { signal } = this.#source;
    if (this.#state === "cut") throw signal.reason;
    if (this.#state === "new") this.#open();
    try {
      return this.#reader?.read();
    } catch (error) {
      this.#reader = undefined; // it has ended by itself
      throw error;
    }
  }

  #onBatch(batch: Batch<unknown>): IteratorResult<Message> {
    if (this.#state === "cut") throw this.#source.signal.reason;
    this.#next = 0;
    this.#batch = batch ?? [];
    if (batch) return this.#take();
    this.#reader = undefined; // it has ended by itself, and so it has at the end
    this.#end("over");
    return { done: true, value: undefined };
  }

  readonly #onAnswer = (batch: Batch<unknown>): IteratorResult<Message> => {
    try {
      return this.#onBatch(batch);
    } catch (error) {
      throw this.#tell(error);
    }
  };

  readonly #onFailure = (error: unknown): never => {
    this.#reader = undefined;
    throw this.#tell(error);
  };

  #take(): IteratorResult<Message> {
    return { done: false, value: this.#source.toMessage(this.#batch[this.#next++]) };
  }

  /** Ends the run with what is told of an error. */
  #tell(error: unknown): Error {
    const told = this.#source.tell(error);
    this.#end("over");
    return told;
  }

  #open(): void {
    const { signal } = this.#source;
    signal.throwIfAborted();
    this.#release = this.#source.claim();
    this.#state = "open";
    this.#reader = (this.#source.open() as ReadyStream<unknown>)[ready]();
    signal.addEventListener("abort", this.#leave);
  }

  readonly #leave = (): void => this.#end("cut");

  /** Gives back what the run holds. The stage hears of it at once, and is not waited for, for it may be deaf. */
  #end(state: "over" | "cut"): void {
    if (this.#state === "over" || this.#state === "cut") return;
    this.#state = state;
    this.#source.signal.removeEventListener("abort", this.#leave);
    this.#batch = [];
    this.#next = 0;
    this.#release?.();
    const reader = this.#reader;
    this.#reader = undefined;
    void Promise.resolve(reader?.close?.()).catch(() => {}); // the caller has gone, so nobody is left to tell
  }
}
