/** A reader whose end and failure are somebody's matter; what it gives passes untouched. */
import type { Batch, ReadyReader } from "@iftk/core";
import { RelayReader } from "./relay-reader.js";

type Ending = Promise<Batch<unknown>>;

/** Reads for another, and has its end or failure be dealt with before it is told. */
export class EndReader extends RelayReader {
  readonly #onEnd: () => Ending;
  readonly #onFailure: (error: unknown) => Ending;

  constructor(reader: ReadyReader<unknown>, onEnd: () => Ending, onFailure: (error: unknown) => Ending) {
    super(reader);
    this.#onEnd = onEnd;
    this.#onFailure = onFailure;
  }

  protected override pass(batch: Batch<unknown>): Batch<unknown> | Ending {
    return batch ?? this.#onEnd();
  }

  protected override fail(error: unknown): Ending {
    return this.#onFailure(error);
  }
}
