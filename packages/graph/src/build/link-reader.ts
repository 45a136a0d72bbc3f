/** What passes a link, seen: each batch, and what it fails with. */
import { readyStream, type Batch, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import { isBatch, readerOf } from "@iftk/core/authoring";

/** Hears what passes a link. */
export interface LinkWatcher {
  /** The consumer wants more: it is done with what it has. */
  onRead?(): void;
  onBatch?(batch: readonly unknown[]): void;
  onFailure(error: unknown): void;
  /** Nothing more passes: it has ended, failed, or was left. */
  onOver?(): void;
}

/** The stream with a look at what passes. */
export function watchLink(stream: Stream<unknown>, watcher: LinkWatcher): ReadyStream<unknown> {
  return readyStream(
    () => new LinkReader(readerOf(stream), watcher),
    () => {
      watcher.onOver?.();
      return readerOf(stream).close?.();
    },
  );
}

const ignore = (): void => {};

/** Reads for another. A read that has to wait gives the reader itself, which answers within the turn of its source. */
class LinkReader implements ReadyReader<unknown>, PromiseLike<Batch<unknown>> {
  readonly #reader: ReadyReader<unknown>;
  readonly #watcher: LinkWatcher;
  #answer: PromiseLike<Batch<unknown>> | undefined;
  #resolve: (batch: Batch<unknown>) => unknown = ignore;
  #reject: (error: unknown) => unknown = ignore;

  constructor(reader: ReadyReader<unknown>, watcher: LinkWatcher) {
    this.#reader = reader;
    this.#watcher = watcher;
  }

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    this.#watcher.onRead?.();
    let answer: Batch<unknown> | PromiseLike<Batch<unknown>>;
    try {
      answer = this.#reader.read();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (isBatch(answer)) return this.#pass(answer);
    this.#answer = answer;
    return this;
  }

  #pass(batch: Batch<unknown>): Batch<unknown> {
    if (batch) this.#watcher.onBatch?.(batch);
    else this.#watcher.onOver?.();
    return batch;
  }

  #fail(error: unknown): void {
    this.#watcher.onFailure(error);
    this.#watcher.onOver?.();
  }

  /** Whoever reads is told here, once. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<unknown>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? ignore;
    this.#reject = reject ?? ignore;
    return this.#answer?.then(this.#onBatch, this.#onFailure) as never;
  };

  readonly #onBatch = (batch: Batch<unknown>): unknown => this.#resolve(this.#pass(batch));

  readonly #onFailure = (error: unknown): unknown => {
    this.#fail(error);
    return this.#reject(error);
  };

  close(): Promise<void> | void {
    this.#watcher.onOver?.();
    return this.#reader.close?.();
  }
}
