/** Streams that are there only after a promise. */
import { leaveUnread, openReader, relay, type Answer, type Reader } from "./reader.js";
import type { ReadyReader, ReadyStream } from "./ready.js";
import { readyStream } from "./run.js";
import type { Stream } from "./stream.js";

/**
 * The values of a stream that `open` promises; it is called by the first read.
 *
 * Where the consumer leaves before the promise is kept, the stream is left as soon as it is there: nothing of it is begun.
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
    const stream = await this.#open();
    // One of ours may begin its work when it is opened; another is only told by its reader that it is left.
    if (this.#isLeft) return void (await (relay in Object(stream) ? leaveUnread(stream) : openReader(stream).close?.()));
    this.#reader = openReader(stream);
    return this.#reader.read();
  }

  close(): unknown {
    this.#isLeft = true;
    return this.#reader?.close?.();
  }
}
