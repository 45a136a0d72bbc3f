/** Readers that read for another and hear what comes of it. */
import type { Batch, ReadyReader } from "@iftk/core";
import { isBatch } from "@iftk/core/authoring";

const ignore = (): void => {};

/** Reads for another. A read that has to wait gives the reader itself, which answers within the turn of its source. */
export abstract class RelayReader implements ReadyReader<unknown>, PromiseLike<Batch<unknown>> {
  readonly #reader: ReadyReader<unknown>;
  #answer: PromiseLike<Batch<unknown>> | undefined;
  #resolve: (batch: Batch<unknown>) => unknown = ignore;
  #reject: (error: unknown) => unknown = ignore;

  constructor(reader: ReadyReader<unknown>) {
    this.#reader = reader;
  }

  /** Takes what was read and gives what is told of it. */
  protected abstract pass(batch: Batch<unknown>): Batch<unknown> | Promise<Batch<unknown>>;

  /** Takes what a read failed with and gives what is told of it. */
  protected abstract fail(error: unknown): Promise<Batch<unknown>>;

  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    let answer: Batch<unknown> | PromiseLike<Batch<unknown>>;
    try {
      answer = this.#reader.read();
    } catch (error) {
      return this.fail(error);
    }
    if (isBatch(answer)) return this.pass(answer);
    this.#answer = answer;
    return this;
  }

  /** Whoever reads is told here, once. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<unknown>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? ignore;
    this.#reject = reject ?? ignore;
    return this.#answer?.then(this.#onBatch, this.#onFailure) as never;
  };

  readonly #onBatch = (batch: Batch<unknown>): unknown => {
    const told = this.pass(batch);
    return isBatch(told) ? this.#resolve(told) : told.then(this.#resolve, this.#reject);
  };

  readonly #onFailure = (failure: unknown): unknown => this.fail(failure).then(this.#resolve, this.#reject);

  close(): Promise<void> | void {
    return this.#reader.close?.();
  }
}
