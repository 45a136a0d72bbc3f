/** The requests of a call as messages, read by whoever sends them. */
import { from, ready, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import type { Message } from "@bufbuild/protobuf";

/** Messages of one call, for its one reader, who may ask for the iterator again to close it. */
export class RequestMessages<Request> implements AsyncIterableIterator<Message> {
  readonly #requests: Stream<Request>;
  readonly #toMessage: (request: Request) => Message;
  #reader: ReadyReader<Request> | undefined;
  #batch: readonly Request[] = [];
  #next = 0;
  #isOver = false;
  /** What the requests failed with. */
  failure: { readonly error: unknown } | undefined;

  constructor(requests: Stream<Request>, toMessage: (request: Request) => Message) {
    this.#requests = requests;
    this.#toMessage = toMessage;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message>> {
    try {
      if (this.#next === this.#batch.length) await this.#read();
      if (this.#isOver) return { done: true, value: undefined };
      return { done: false, value: this.#toMessage(this.#batch[this.#next++] as Request) };
    } catch (error) {
      if (!this.#isOver) this.failure = { error }; // a source that was closed while it was read says no more than that
      await this.return();
      throw error;
    }
  }

  async #read(): Promise<void> {
    if (this.#isOver) return;
    const stream = ready in this.#requests ? this.#requests : from(this.#requests);
    this.#reader ??= (stream as ReadyStream<Request>)[ready]();
    let batch: readonly Request[] | undefined;
    try {
      batch = await this.#reader.read();
    } catch (error) {
      this.#reader = undefined; // it has ended by itself, and so it has at the end
      throw error;
    }
    this.#next = 0;
    this.#batch = batch ?? [];
    if (batch) return;
    this.#reader = undefined;
    this.#isOver = true;
  }

  /** Closes the requests; they are not waited for, for they may be deaf. */
  async return(): Promise<IteratorResult<Message>> {
    this.#isOver = true;
    this.#batch = [];
    this.#next = 0;
    const reader = this.#reader;
    this.#reader = undefined;
    void Promise.resolve(reader?.close?.()).catch(() => {});
    return { done: true, value: undefined };
  }

  /** Closes the requests because sending them failed. */
  async throw(error: unknown): Promise<IteratorResult<Message>> {
    await this.return();
    throw error;
  }
}
