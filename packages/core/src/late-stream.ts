/** Streams that are there only after a promise. */
import { openReader, type Answer, type Reader } from "./reader.js";
import type { ReadyReader, ReadyStream } from "./ready.js";
import { readyStream } from "./run.js";
import type { Stream } from "./stream.js";

/**
 * The values of a stream that `open` promises; it is called by the first read.
 *
 * Where the consumer leaves before the promise is kept, the stream is left as soon as it is there: it is not read.
 */
export function lateStream<T>(open: () => PromiseLike<Stream<T>>): ReadyStream<T> {
  return readyStream(() => new LateReader(open) as ReadyReader<T>); // where it answers as a plain iterator does, its one consumer takes that too
}

class LateReader implements Reader {
  readonly #open: () => PromiseLike<unknown>;
  #reader: Reader | undefined;
  #isLeft = false;

  constructor(open: () => PromiseLike<unknown>) {
    this.#open = open;
  }

  read(): Answer | PromiseLike<Answer> {
    return this.#reader ? this.#reader.read() : this.#readFirst();
  }

  async #readFirst(): Promise<Answer> {
    const reader = (this.#reader = openReader(await this.#open()));
    if (this.#isLeft) return void (await reader.close?.());
    return reader.read();
  }

  close(): unknown {
    this.#isLeft = true;
    return this.#reader?.close?.();
  }
}
