/** The iterator of a stream that this package runs. */

/** What can be read one by one and left. */
interface Readable<T> {
  read(): Promise<IteratorResult<T, undefined>>;
  close(): Promise<void>;
}

/** An iterator whose reads are answered in order, and which leaves its stream on `return` and `throw`. */
export class Iteration<T> implements AsyncIterableIterator<T, undefined> {
  readonly #stream: Readable<T>;

  constructor(stream: Readable<T>) {
    this.#stream = stream;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return this.#stream.read();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#stream.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.#stream.close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
