/** A reader whose end and failure are somebody's matter; what it gives passes untouched. */
import type { Batch, ReadyReader } from "@iftk/core";
import { isBatch } from "@iftk/core/authoring";

type Ending = Promise<Batch<unknown>>;

const ignore = (): void => {};

/** Reads for another, and has its end or failure be dealt with before it is told. A read that has to wait gives the reader itself, which answers within the turn of its source. */
export class EndReader implements ReadyReader<unknown>, PromiseLike<Batch<unknown>> {
  readonly #reader: ReadyReader<unknown>;
  readonly #onEnd: () => Ending;
  readonly #onFailure: (error: unknown) => Ending;
  #answer: PromiseLike<Batch<unknown>> | undefined;
  #resolve: (batch: Batch<unknown>) => unknown = ignore;
  #reject: (error: unknown) => unknown = ignore;

  constructor(reader: ReadyReader<unknown>, onEnd: () => Ending, onFailure: (error: unknown) => Ending) {
    this.#reader = reader;
    this.#onEnd = onEnd;
    this.#onFailure = onFailure;
  }

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    let answer: Batch<unknown> | PromiseLike<Batch<unknown>>;
    try {
      answer = this.#reader.read();
    } catch (error) {
      return this.#onFailure(error);
    }
    if (isBatch(answer)) return answer ?? this.#onEnd();
    this.#answer = answer;
    return this;
  }

  /** Whoever reads is told here, once. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<unknown>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? ignore;
    this.#reject = reject ?? ignore;
    return this.#answer?.then(this.#onBatch, this.#onRejection) as never;
  };

  readonly #onBatch = (batch: Batch<unknown>): unknown => (batch ? this.#resolve(batch) : this.#onEnd().then(this.#resolve, this.#reject));

  readonly #onRejection = (failure: unknown): unknown => this.#onFailure(failure).then(this.#resolve, this.#reject);

  close(): Promise<void> | void {
    return this.#reader.close?.();
  }
}
