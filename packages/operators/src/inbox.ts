/** A bounded queue that is written by hand and read as a stream. */
import type { Stream } from "@iftk/core";

const ended = { done: true, value: undefined } as const;

/** Values pushed while there is room, read once by one consumer. */
export class Inbox<T> implements Stream<T> {
  readonly #size: number;
  readonly #onTaken: () => void;
  readonly #values: T[] = [];
  #answer: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #isOver = false;

  constructor(size: number, onTaken: () => void) {
    this.#size = size;
    this.#onTaken = onTaken;
  }

  /** Whether the stream has ended or its reader has left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get hasRoom(): boolean {
    return this.#values.length < this.#size;
  }

  /** Adds a value; one that is added after the end or after the reader has left is dropped. */
  push(value: T): void {
    if (this.#isOver) return;
    const answer = this.#answer;
    this.#answer = undefined;
    if (answer) answer({ done: false, value });
    else this.#values.push(value);
  }

  /** Ends the stream after the values that are in it. */
  end(): void {
    this.#isOver = true;
    this.#answer?.(ended);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        if (this.#values.length > 0) {
          const value = this.#values.shift() as T;
          this.#onTaken();
          return Promise.resolve({ done: false, value });
        }
        if (this.#isOver) return Promise.resolve(ended);
        return new Promise((resolve) => (this.#answer = resolve));
      },
      return: () => {
        this.#values.length = 0;
        this.end();
        this.#onTaken();
        return Promise.resolve(ended);
      },
    };
  }
}
