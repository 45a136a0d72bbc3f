/** A source that several readers or several sources' reader take from, one read at a time. */
import { ignore } from "./ignore.js";
import { macrotask } from "./macrotask.js";
import { isThenable, leaveUnread, openReader, type Answer, type Reader } from "./reader.js";
import type { Failure } from "./scope.js";

/** Hears what came of a read. */
export interface InletListener<T> {
  onValues(values: readonly T[], inlet: Inlet<T>): void;
  onValue(value: T, inlet: Inlet<T>): void;
  onEnd(failure: Failure | undefined, inlet: Inlet<T>): void;
}

/** Reads one source on demand and tells a listener what came. */
export class Inlet<T> {
  readonly #source: unknown;
  readonly #listener: InletListener<T>;
  #reader: Reader | undefined;
  isReading = false;
  isOver = false;

  constructor(source: unknown, listener: InletListener<T>) {
    this.#source = source;
    this.#listener = listener;
  }

  /** Reads once, unless a read is pending or the source is over. The listener is told at once where the answer is ready. */
  read(): void {
    if (this.isReading || this.isOver) return;
    this.isReading = true;
    try {
      this.#reader ??= openReader(this.#source);
      const answer = this.#reader.read();
      if (isThenable(answer)) answer.then(this.#onAnswer, this.#onFailure);
      else this.#onAnswer(answer);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Closes the source, if it is open; one that does not answer a read is not waited for. */
  async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const closing = (async () => (this.#reader ? this.#reader.close?.() : leaveUnread(this.#source)))();
    if (this.isReading) await Promise.race([closing.catch(ignore), macrotask()]);
    if (!this.isReading) await closing;
  }

  readonly #onAnswer = (answer: Answer): void => {
    this.isReading = false;
    if (this.isOver) return;
    if (Array.isArray(answer)) {
      if (answer.length > 0) this.#listener.onValues(answer as readonly T[], this);
      else this.#readAgain();
      return;
    }
    const result = answer as IteratorResult<T> | undefined;
    if (!result || result.done) this.#end(undefined);
    else this.#listener.onValue(result.value, this);
  };

  /** Nothing came: it is still being read. */
  #readAgain(): void {
    this.isReading = true;
    void macrotask().then(() => {
      this.isReading = false;
      this.read();
    });
  }

  readonly #onFailure = (error: unknown): void => {
    this.isReading = false;
    if (!this.isOver) this.#end({ error });
  };

  #end(failure: Failure | undefined): void {
    this.isOver = true;
    this.#listener.onEnd(failure, this);
  }
}

/** Tells streams that they will never be read. */
export async function leaveAll(streams: readonly unknown[]): Promise<void> {
  await Promise.all(streams.map((stream) => leaveUnread(stream)));
}
