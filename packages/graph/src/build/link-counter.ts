/** What passes a link, counted. */
import { from, ready, readyStream, type Batch, type ReadyReader, type Stream } from "@iftk/core";
import type { LinkStatistics } from "./pipeline-run.js";

/** Counts what passes a link, in one pass or, within a loop, in several. */
export class LinkCounter {
  readonly #from: string;
  readonly #to: string;
  #items = 0;
  #queued = 0;
  #stalled = 0;
  /** When values were handed over that the consumer has not come back from. */
  #since: number | undefined;

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  get statistics(): LinkStatistics {
    const waiting = this.#since === undefined ? 0 : performance.now() - this.#since;
    return { from: this.#from, to: this.#to, items: this.#items, queued: this.#queued, stalled: this.#stalled + waiting };
  }

  /** The stream, counted. */
  count(stream: Stream<unknown>): Stream<unknown> {
    const onUnread = (): unknown => readerOf(stream).close?.();
    return readyStream(() => this.#reader(readerOf(stream)), onUnread);
  }

  #reader(reader: ReadyReader<unknown>): ReadyReader<unknown> {
    const onBatch = (batch: Batch<unknown>): Batch<unknown> => {
      if (!batch) return batch;
      this.#items += batch.length;
      this.#queued = batch.length;
      this.#since = performance.now();
      return batch;
    };
    const taken = (): void => {
      if (this.#since !== undefined) this.#stalled += performance.now() - this.#since;
      this.#since = undefined;
      this.#queued = 0;
    };
    return {
      read() {
        taken();
        const batch = reader.read();
        return isBatch(batch) ? onBatch(batch) : batch.then(onBatch);
      },
      close() {
        taken();
        return reader.close?.();
      },
    };
  }
}

/** The stream with a look at what it fails with. */
export function watchFailure(stream: Stream<unknown>, onFailure: (error: unknown) => void): Stream<unknown> {
  const tell = (error: unknown): never => {
    onFailure(error);
    throw error;
  };
  const open = (): ReadyReader<unknown> => {
    const reader = readerOf(stream);
    return {
      read() {
        try {
          const batch = reader.read();
          return isBatch(batch) ? batch : batch.then((values) => values, tell);
        } catch (error) {
          return tell(error);
        }
      },
      close: () => reader.close?.(),
    };
  };
  return readyStream(open, () => readerOf(stream).close?.());
}

function readerOf(stream: Stream<unknown>): ReadyReader<unknown> {
  return from(stream)[ready]();
}

function isBatch<T>(batch: Batch<T> | PromiseLike<Batch<T>>): batch is Batch<T> {
  return batch === undefined || Array.isArray(batch);
}
