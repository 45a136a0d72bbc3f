/** How any source is read: in batches where it can, otherwise one promise for each value. */
import { StageError } from "./error.js";
import { ready, type Batch, type ReadyReader, type ReadyStream } from "./ready.js";

/** What a read of a source answers: a batch, or what a foreign iterator gives. */
export type Answer = Batch<unknown> | IteratorResult<unknown>;

/** An open source. */
export interface Reader {
  read(): Answer | PromiseLike<Answer>;
  close?(): unknown;
}

/** Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

class ForeignReader implements Reader {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #source: NodeStream;

  constructor(source: AsyncIterable<unknown> & NodeStream) {
    this.#source = source;
    this.#iterator = source[Symbol.asyncIterator]();
  }

  read(): Answer | Promise<Answer> {
    const answer: Answer | Promise<Answer> = this.#iterator.next();
    return answer instanceof Promise ? answer : Promise.resolve(answer);
  }

  close(): unknown {
    const closing = this.#iterator.return?.();
    if (this.#source.destroyed === false) this.#source.destroy?.(); // its iterator does not hear `return` while it waits
    return closing;
  }
}

/** What a stream of Node has beside its iterator. */
interface NodeStream {
  readonly destroyed?: boolean;
  destroy?(): unknown;
}

class SyncReader implements Reader {
  readonly #iterator: Iterator<unknown>;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  read(): IteratorResult<unknown> {
    return this.#iterator.next();
  }

  close(): unknown {
    return this.#iterator.return?.();
  }
}

class ArrayReader implements ReadyReader<unknown> {
  #values: Batch<unknown>;

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  read(): Batch<unknown> {
    const values = this.#values;
    this.#values = undefined;
    return values;
  }
}

/** Opens a stream of this package for another one, which keeps the laws for both. */
export const relay: unique symbol = Symbol("relay");

/** Tells a stream of this package that it will never be read. */
export function leaveUnread(source: unknown): unknown {
  return relay in Object(source) ? (source as { close(): unknown }).close() : undefined;
}

/**
 * Opens what can be read one value after another.
 *
 * @throws StageError `invalid_argument` for what cannot.
 */
export function openReader(source: unknown): Reader {
  if (Array.isArray(source)) return new ArrayReader(source);
  const stream = Object(source) as Partial<ReadyStream<unknown> & Iterable<unknown>> & { getReader?: () => ReadableStreamDefaultReader<unknown> };
  if (relay in stream) return (stream as { [relay](): Reader })[relay]();
  if (ready in stream) return (stream as ReadyStream<unknown>)[ready]();
  if (stream.getReader) {
    const reader = stream.getReader(); // not by its iterator, which does not hear `return` while it waits
    const cancel = (): Promise<unknown> => reader.cancel().catch((error: unknown) => reader.closed.then(() => Promise.reject(error), () => {})); // of a stream that has failed the reads tell
    return { read: () => reader.read() as Promise<Answer>, close: cancel };
  }
  if (stream[Symbol.asyncIterator]) return new ForeignReader(stream as AsyncIterable<unknown>);
  if (stream[Symbol.iterator]) return new SyncReader((stream as Iterable<unknown>)[Symbol.iterator]());
  throw new StageError("invalid_argument", `not a stream: ${source === null ? "null" : typeof source}; give an AsyncIterable, an Iterable or a ReadableStream, not a promise of one or a stage that is not called yet`);
}
