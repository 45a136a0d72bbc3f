/** A sequence over the cells of one context. */
import { StageError } from "@iftk/core";
import type { ForwardOptions, ForwardRows, RowsOptions, Sequence } from "@iftk/inferlet";
import { collectorOf } from "./row-collector.js";
import type { ForwardRequest } from "./scheduler.js";
import { type SequencePool, unimplemented } from "./sequence-pool.js";
import { sealState, stateHeaderBytes } from "./sequence-state.js";

/** A sequence whose cells a llama.cpp context holds. */
export class LlamaSequence implements Sequence {
  readonly #pool: SequencePool;
  readonly #number: number;
  #length: number;
  /** Tokens from the first on whose cells a fork may share. */
  #shared: number;
  #isBusy = false;
  #isReleased = false;

  constructor(pool: SequencePool, number: number, length = 0, shared = 0) {
    this.#pool = pool;
    this.#number = number;
    this.#length = length;
    this.#shared = shared;
  }

  get length(): number {
    return this.#length;
  }

  async forward(tokens: ArrayLike<number>, options: ForwardOptions = {}): Promise<Float32Array> {
    const request = this.#begin(tokens, options);
    try {
      const logits = await this.#pool.shared.scheduler.forward(request);
      this.#length += request.tokens.length;
      return logits;
    } finally {
      this.#end(request);
    }
  }

  async forwardRows(tokens: ArrayLike<number>, options: RowsOptions = {}): Promise<ForwardRows> {
    for (const name of ["positions", "attention"] as const) {
      if (options[name] !== undefined) throw unimplemented(name, "llama.cpp counts positions itself, and a token attends to all before it; the reference backend, @iftk/inferlet/reference, takes both");
    }
    const output = collectorOf(tokens.length, options, this.#pool.shared);
    const request = this.#begin(tokens, options);
    try {
      await this.#pool.shared.scheduler.forwardRows(request, output);
      this.#length += request.tokens.length;
      return { logits: output.logits, embeddings: output.embeddings };
    } finally {
      this.#end(request);
    }
  }

  fork(): Sequence {
    this.#check();
    const number = this.#pool.take();
    const length = this.#length;
    const { scheduler, context } = this.#pool.shared;
    if (length > 0) scheduler.change(() => context.share(this.#number, number, length));
    this.#shared = length;
    return new LlamaSequence(this.#pool, number, length, length);
  }

  trim(length: number): void {
    this.#check();
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new StageError("invalid_argument", `sequence: cannot be trimmed to ${length}; it holds ${this.#length} tokens`);
    }
    if (length === this.#length) return;
    this.#length = length;
    this.#shared = Math.min(this.#shared, length);
    const { scheduler, context } = this.#pool.shared;
    scheduler.change(() => context.cut(this.#number, length));
  }

  async discard(start: number, end: number): Promise<void> {
    this.#check();
    const { context, cannotDiscard } = this.#pool.shared;
    if (cannotDiscard !== undefined) throw unimplemented("discard", cannotDiscard);
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= this.#length)) {
      throw new StageError("invalid_argument", `sequence: tokens ${start} to ${end} cannot be discarded; it holds ${this.#length}`);
    }
    if (end === this.#length) return this.trim(start);
    if (start === end) return;
    await this.#exclusively(async () => {
      if (end < this.#shared) await context.own(this.#number, end, this.#shared);
      if (this.#isReleased) return;
      context.closeGap(this.#number, start, end);
      this.#length -= end - start;
      this.#shared = Math.min(this.#shared, start);
    });
  }

  async save(): Promise<Uint8Array> {
    this.#check();
    const { context, origin, cannotSave } = this.#pool.shared;
    if (cannotSave !== undefined) throw unimplemented("save", cannotSave);
    const length = this.#length;
    const bytes = length === 0 ? new Uint8Array(stateHeaderBytes) : await this.#exclusively(() => context.save(this.#number, stateHeaderBytes));
    await sealState(bytes, length, origin);
    return bytes;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#isBusy) this.#pool.shared.scheduler.giveUp(this.#number, releasedError());
    this.#length = 0;
    this.#pool.giveBack(this.#number);
  }

  /** Runs what needs the context for itself; the cells stay until it has ended, even when the sequence is released. */
  async #exclusively<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#isBusy = true;
    try {
      return await this.#pool.shared.scheduler.exclusive(async () => {
        if (this.#isReleased) throw releasedError();
        const result = await run();
        if (this.#isReleased) throw releasedError();
        return result;
      });
    } finally {
      this.#isBusy = false;
    }
  }

  #begin(tokens: ArrayLike<number>, { adapters, signal }: ForwardOptions): ForwardRequest {
    this.#check();
    signal?.throwIfAborted();
    const request = { sequence: this.#number, start: this.#length, tokens: this.#copy(tokens), adapters: this.#pool.shared.adapters.setOf(adapters), signal };
    for (const adapter of request.adapters.adapters) adapter.uses++;
    this.#isBusy = true;
    return request;
  }

  #end({ adapters }: ForwardRequest): void {
    for (const adapter of adapters.adapters) adapter.uses--;
    this.#isBusy = false;
  }

  /** Tokens of the caller's own, checked: a number that is no token reads foreign memory. */
  #copy(tokens: ArrayLike<number>): Int32Array {
    if (tokens.length === 0) throw new StageError("invalid_argument", "sequence: expected at least one token");
    const { contextSize, vocabularySize } = this.#pool.shared;
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

function releasedError(): StageError {
  return new StageError("canceled", "sequence: it was released while a pass of it was under way; await what generates before it is released, also where `using` releases it");
}
