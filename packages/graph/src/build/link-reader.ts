/** What passes a link, seen: each batch, and what it fails with. */
import { readyStream, type Batch, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import { readerOf } from "@iftk/core/authoring";
import { RelayReader } from "./relay-reader.js";

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

/** Reads for another and tells the watcher what it sees. */
class LinkReader extends RelayReader {
  readonly #watcher: LinkWatcher;

  constructor(reader: ReadyReader<unknown>, watcher: LinkWatcher) {
    super(reader);
    this.#watcher = watcher;
  }

  override read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    this.#watcher.onRead?.();
    return super.read();
  }

  protected override pass(batch: Batch<unknown>): Batch<unknown> {
    if (batch) this.#watcher.onBatch?.(batch);
    else this.#watcher.onOver?.();
    return batch;
  }

  protected override fail(error: unknown): Promise<never> {
    this.#watcher.onFailure(error);
    this.#watcher.onOver?.();
    return Promise.reject(error);
  }

  override close(): Promise<void> | void {
    this.#watcher.onOver?.();
    return super.close();
  }
}
