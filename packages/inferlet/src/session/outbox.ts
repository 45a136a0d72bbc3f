/** What a program sends, handed to its reader one at a time. */
import { StageError } from "@iftk/core";

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Sent<T> extends Settle<void> {
  readonly value: T;
}

/** Sends that may wait at once; one more is refused. */
const mostHeld = 1024;

/** Holds up who sends until the reader comes for more, as `yield` does. */
export class Outbox<T> {
  readonly #held: Sent<T>[] = [];
  readonly #reads: Settle<IteratorResult<T, undefined>>[] = [];
  /** The one whose value the reader has; it goes on when the next is asked for. */
  #given: Sent<T> | undefined;
  #end: { readonly failure?: { readonly error: unknown } } | undefined;

  /** Whether somebody who sent is held up. */
  get isHolding(): boolean {
    return this.#given !== undefined || this.#held.length > 0;
  }

  /** Resolves when the reader has taken the value and asks for the next. */
  send(value: T): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => {
      if (this.#end) reject(this.#end.failure ? this.#end.failure.error : new StageError("failed_precondition", "session: it is over and takes no more messages", { reason: "closed" }));
      else if (this.#held.length >= mostHeld) reject(new StageError("resource_exhausted", `session: ${mostHeld} messages already wait to be read; await each before the next`));
      else this.#held.push({ value, resolve, reject });
    });
    sent.catch(() => {}); // one that nobody awaits is lost with its session, and harms no one else
    this.#hand();
    return sent;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    this.#given?.resolve();
    this.#given = undefined;
    return new Promise((resolve, reject) => {
      this.#reads.push({ resolve, reject });
      this.#hand();
    });
  }

  /** Takes no more; what waits can still be read, then the end or the failure is. */
  end(failure?: { readonly error: unknown }): void {
    this.#end ??= failure ? { failure } : {};
    this.#hand();
  }

  /** Drops what waits and refuses who sent it, and who sends from now on. */
  drop(error: unknown): void {
    this.#end ??= { failure: { error } };
    for (const { reject } of [...(this.#given ? [this.#given] : []), ...this.#held.splice(0)]) reject(error);
    this.#given = undefined;
    this.#hand();
  }

  #hand(): void {
    while (this.#reads.length > 0) {
      const sent = this.#held.shift();
      if (!sent && !this.#end) return;
      const read = this.#reads.shift() as Settle<IteratorResult<T, undefined>>;
      if (sent) {
        this.#given?.resolve();
        this.#given = sent;
        read.resolve({ done: false, value: sent.value });
      } else if (this.#end?.failure) {
        read.reject(this.#end.failure.error);
        this.#end = {};
      } else read.resolve({ done: true, value: undefined });
    }
  }
}
