/** Sequences over the cells of one context. */
import { StageError } from "@iftk/core";
import type { ForwardOptions, Sequence } from "@iftk/inferlet";
import type { LlamaContext } from "./llama-context.js";
import type { Scheduler } from "./scheduler.js";

/** Hands out the numbers under which the library knows sequences, and holds what they share. */
export class SequencePool {
  readonly scheduler: Scheduler;
  readonly context: LlamaContext;
  readonly contextSize: number;
  readonly vocabularySize: number;
  readonly #capacity: number;
  readonly #free: number[];
  #isClosed = false;

  constructor(options: { scheduler: Scheduler; context: LlamaContext; contextSize: number; vocabularySize: number; capacity: number }) {
    this.scheduler = options.scheduler;
    this.context = options.context;
    this.contextSize = options.contextSize;
    this.vocabularySize = options.vocabularySize;
    this.#capacity = options.capacity;
    this.#free = Array.from({ length: options.capacity }, (_, index) => options.capacity - 1 - index);
  }

  get open(): number {
    return this.#isClosed ? 0 : this.#capacity - this.#free.length;
  }

  /** @throws StageError `resource_exhausted` when all are open. */
  take(): number {
    this.check();
    const number = this.#free.pop();
    if (number !== undefined) return number;
    throw new StageError("resource_exhausted", `backend: all ${this.#capacity} sequences are open; release one first, or open the model with a larger maximumSequences`);
  }

  giveBack(number: number): void {
    if (this.#isClosed) return;
    this.scheduler.change(() => this.context.cut(number, 0));
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

export function closedError(): StageError {
  return new StageError("failed_precondition", "backend: it is closed; open the model again");
}

/** A sequence whose cells a llama.cpp context holds. */
export class LlamaSequence implements Sequence {
  readonly #pool: SequencePool;
  readonly #number: number;
  #length: number;
  #isBusy = false;
  #isReleased = false;

  constructor(pool: SequencePool, number: number, length = 0) {
    this.#pool = pool;
    this.#number = number;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  async forward(tokens: ArrayLike<number>, { signal }: ForwardOptions = {}): Promise<Float32Array> {
    this.#check();
    signal?.throwIfAborted();
    const copy = this.#copy(tokens);
    this.#isBusy = true;
    try {
      const logits = await this.#pool.scheduler.forward({ sequence: this.#number, start: this.#length, tokens: copy, signal });
      this.#length += copy.length;
      return logits;
    } finally {
      this.#isBusy = false;
    }
  }

  fork(): Sequence {
    this.#check();
    const number = this.#pool.take();
    const length = this.#length;
    if (length > 0) this.#pool.scheduler.change(() => this.#pool.context.share(this.#number, number, length));
    return new LlamaSequence(this.#pool, number, length);
  }

  trim(length: number): void {
    this.#check();
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new StageError("invalid_argument", `sequence: cannot be trimmed to ${length}; it holds ${this.#length} tokens`);
    }
    if (length === this.#length) return;
    this.#length = length;
    this.#pool.scheduler.change(() => this.#pool.context.cut(this.#number, length));
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#isBusy) this.#pool.scheduler.giveUp(this.#number, new StageError("canceled", "sequence: it was released while a forward pass was under way"));
    this.#length = 0;
    this.#pool.giveBack(this.#number);
  }

  /** Tokens of the caller's own, checked: a number that is no token reads foreign memory. */
  #copy(tokens: ArrayLike<number>): Int32Array {
    if (tokens.length === 0) throw new StageError("invalid_argument", "sequence: expected at least one token");
    const { contextSize, vocabularySize } = this.#pool;
    if (this.#length + tokens.length > contextSize) {
      throw new StageError("invalid_argument", `sequence: ${tokens.length} tokens do not fit after ${this.#length}; the context holds ${contextSize}`, { reason: "context-length" });
    }
    const copy = new Int32Array(tokens.length);
    for (let index = 0; index < copy.length; index++) {
      const token = tokens[index];
      if (token === undefined || !Number.isInteger(token) || token < 0 || token >= vocabularySize) {
        throw new StageError("invalid_argument", `sequence: ${String(token)} at ${index} is not a token; they go from 0 to ${vocabularySize - 1}`);
      }
      copy[index] = token;
    }
    return copy;
  }

  #check(): void {
    this.#pool.check();
    if (this.#isReleased) throw new StageError("failed_precondition", "sequence: it is released; open a new one");
    if (this.#isBusy) throw new StageError("failed_precondition", "sequence: a forward pass is under way; await it first");
  }
}
