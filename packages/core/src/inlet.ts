/** A source that several readers or several sources' reader take from, one read at a time. */
import { isThenable, leaveUnread, openReader, type Answer, type Reader } from "./reader.js";
import { macrotask, type Failure } from "./scope.js";

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
    if (this.isReading) await Promise.race([closing.catch(() => {}), macrotask()]);
    if (!this.isReading) await closing;
  }

  readonly #onAnswer = (answer: Answer): void => {
    if (Array.isArray(answer) && answer.length === 0) return void macrotask().then(() => this.#onEmpty());
    this.isReading = false;
    if (this.isOver) return;
    if (Array.isArray(answer)) this.#listener.onValues(answer as readonly T[], this);
    else if (answer && !(answer as IteratorResult<unknown>).done) this.#listener.onValue((answer as IteratorResult<T>).value, this);
    else this.#end(undefined);
  };

  /** Nothing came: it is still being read. */
  #onEmpty(): void {
    this.isReading = false;
    this.read();
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
