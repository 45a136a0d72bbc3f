/** The sequences of one context: who holds which number, and what they share. */
import { StageError } from "@iftk/core";
import type { AdapterShelf } from "./llama-adapter.js";
import type { LlamaContext } from "./llama-context.js";
import type { Scheduler } from "./scheduler.js";
import type { StateOrigin } from "./sequence-state.js";

/** What the sequences of a backend share. */
export interface PoolOptions {
  readonly scheduler: Scheduler;
  readonly context: LlamaContext;
  readonly adapters: AdapterShelf;
  readonly contextSize: number;
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  /** Why tokens in the middle cannot be taken away, or states saved, when they cannot. */
  readonly cannotDiscard: string | undefined;
  readonly cannotSave: string | undefined;
  readonly origin: StateOrigin;
  readonly capacity: number;
}

/** Hands out the numbers under which the library knows sequences, and holds what they share. */
export class SequencePool {
  readonly shared: PoolOptions;
  readonly #free: number[];
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.shared = options;
    this.#free = Array.from({ length: options.capacity }, (_, index) => options.capacity - 1 - index);
  }

  get open(): number {
    return this.#isClosed ? 0 : this.shared.capacity - this.#free.length;
  }

  /** @throws StageError `resource_exhausted` when all are open. */
  take(): number {
    this.check();
    const number = this.#free.pop();
    if (number !== undefined) return number;
    throw new StageError("resource_exhausted", `backend: all ${this.shared.capacity} sequences are open; release one first, or open the model with a larger maximumSequences`);
  }

  giveBack(number: number): void {
    if (this.#isClosed) return;
    const { scheduler, context } = this.shared;
    scheduler.change(() => context.cut(number, 0));
    this.#free.push(number);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** @throws StageError `failed_precondition` once the backend is closed. */
  check(): void {
    if (this.#isClosed) throw closedError();
  }
}

/** The error of whatever is asked of a closed backend. */
export function closedError(): StageError {
  return new StageError("failed_precondition", "backend: it is closed; open the model again");
}

/** The error for what this backend cannot do, or not with its model. */
export function unimplemented(what: string, why: string): StageError {
  return new StageError("unimplemented", `sequence: ${what} cannot be: ${why}`, { reason: "backend" });
}
