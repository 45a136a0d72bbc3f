/** The reads that wait for an answer, in the order they were made. */

interface Turn {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Promises to the consumer. The first is kept apart: most consumers wait for one at a time. */
export class Turns {
  #resolve: ((answer: never) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #others: Turn[] | undefined;

  get isEmpty(): boolean {
    return this.#resolve === undefined;
  }

  /** A promise of the answer to one more read. */
  add<A>(): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#resolve) (this.#others ??= []).push({ resolve, reject });
      else {
        this.#resolve = resolve;
        this.#reject = reject;
      }
    });
  }

  /** Answers the first. */
  resolve(answer: unknown): void {
    const resolve = this.#resolve;
    this.#shift();
    resolve?.(answer as never);
  }

  /** Refuses the first. */
  reject(error: unknown): void {
    const reject = this.#reject;
    this.#shift();
    reject?.(error);
  }

  #shift(): void {
    const turn = this.#others?.shift();
    this.#resolve = turn?.resolve;
    this.#reject = turn?.reject;
  }
}
