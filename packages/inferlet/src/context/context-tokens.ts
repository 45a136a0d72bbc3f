/** The tokens of a context, and the sequence that holds those which are computed. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Sequence } from "../backend.js";
import type { Model } from "../model/model.js";
import { RoomySequence } from "../prefix-cache/roomy-sequence.js";

/**
 * Tokens of which the first are computed.
 *
 * The sequence is taken when it is first needed, with what other contexts of the model have computed, and handed to them at the end,
 * as long as all of it was computed without adapters.
 */
export class ContextTokens {
  readonly #model: Model;
  readonly #adapters: readonly AppliedAdapter[];
  #tokens: number[] = [];
  #sequence: Sequence | undefined;
  #unwatch: (() => void) | undefined;
  #isShareable: boolean;

  constructor(model: Model, adapters: readonly AppliedAdapter[]) {
    this.#model = model;
    this.#adapters = adapters;
    this.#isShareable = adapters.length === 0;
  }

  get all(): readonly number[] {
    return this.#tokens;
  }

  get length(): number {
    return this.#tokens.length;
  }

  /** Those that are computed. */
  get computed(): number {
    return this.#sequence?.length ?? 0;
  }

  /** Appends tokens and gives how many there are then. */
  append(tokens: ArrayLike<number>): number {
    for (let index = 0; index < tokens.length; index++) this.#tokens.push(tokens[index] as number);
    return this.#tokens.length;
  }

  push(token: number): void {
    this.#tokens.push(token);
  }

  /** Drops those from `length` on. */
  truncate(length: number): void {
    if (this.#sequence !== undefined && this.#sequence.length > length) this.#sequence.trim(length);
    this.#tokens.length = length;
  }

  /** The sequence, whose passes apply the adapters and make room of what is only kept. */
  sequence(adapters: readonly AppliedAdapter[] = this.#adapters): Sequence {
    if (adapters.length > 0) this.#isShareable = false;
    return new RoomySequence(this.#opened(), this.#model.prefixCache, adapters);
  }

  /** The sequence, for passes by hand: nobody knows what those leave in it, so it is not shared any more. */
  ownSequence(): Sequence {
    const sequence = this.sequence();
    this.#isShareable = false;
    return sequence;
  }

  /** Drops the tokens from `start` up to before `end`; what is computed of those after them is moved, not computed again. */
  async discard(start: number, end: number): Promise<void> {
    const computed = Math.min(end, this.computed);
    if (start < computed) {
      // From here until the tokens follow, what is computed is not of them.
      this.#isShareable = false;
      await this.#sequence?.discard(start, computed);
    }
    this.#tokens.splice(start, end - start);
  }

  /** @throws StageError `invalid_argument`, reason `context-length`, for more tokens than a sequence holds. */
  checkSize(length = this.#tokens.length): void {
    const { contextSize } = this.#model;
    if (length > contextSize) throw new StageError("invalid_argument", `context: it has ${length} tokens, and the model takes ${contextSize}; truncate it, or discard some`, { reason: "context-length" });
  }

  /** Computes the tokens up to before `length`. */
  async compute(length: number, adapters: readonly AppliedAdapter[] = this.#adapters, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (length <= this.computed) return;
    this.checkSize(length);
    const sequence = this.sequence(adapters);
    if (length > sequence.length) await sequence.forwardRows(this.#tokens.slice(sequence.length, length), { rows: [], signal });
  }

  /** The same tokens once more, over a fork of the sequence. */
  fork(): ContextTokens {
    const fork = new ContextTokens(this.#model, this.#adapters);
    const sequence = this.#sequence;
    if (sequence !== undefined) fork.#hold(this.#model.prefixCache.open(() => sequence.fork()));
    fork.#tokens = [...this.#tokens];
    // Between two tokens of a generation, the sequence may hold drafts.
    if (fork.computed > fork.length) fork.#sequence?.trim(fork.length);
    fork.#isShareable = this.#isShareable;
    return fork;
  }

  /** What is computed, as bytes; none where nothing is, or where the backend cannot: then it is computed again. */
  async save(): Promise<Uint8Array> {
    const sequence = this.#sequence;
    if (sequence === undefined) return new Uint8Array(0);
    // Passes by hand may have gone beyond the tokens.
    const fork = sequence.length > this.length ? this.#model.prefixCache.open(() => sequence.fork()) : undefined;
    try {
      fork?.trim(this.length);
      return await (fork ?? sequence).save();
    } catch (error) {
      if (StageError.is(error) && error.code === "unimplemented") return new Uint8Array(0);
      throw error;
    } finally {
      fork?.release();
    }
  }

  /** Takes what `save` gave for these tokens. It is not shared, as nobody has seen it computed. */
  async restore(tokens: readonly number[], state: Uint8Array): Promise<void> {
    if (state.length > 0) {
      const sequence = await this.#model.prefixCache.withRoom(() => this.#model.backend.restoreSequence(state));
      this.#hold(sequence);
      if (sequence.length > tokens.length) throw new StageError("invalid_argument", "context: it says that more is computed than there is", { reason: "state" });
    }
    this.#tokens = [...tokens];
    this.#isShareable = false;
  }

  /** Gives the sequence back, or, where it is not in use, to whoever begins alike. */
  release(isInUse: boolean): void {
    const sequence = this.#sequence;
    this.#sequence = undefined;
    this.#unwatch?.();
    if (sequence === undefined) return;
    if (this.#isShareable && !isInUse) this.#model.prefixCache.keep(sequence, this.#tokens);
    else sequence.release();
  }

  #opened(): Sequence {
    if (this.#sequence === undefined) {
      const { prefixCache, backend } = this.#model;
      this.#hold(this.#isShareable ? prefixCache.take(this.#tokens).sequence : prefixCache.open(() => backend.openSequence()));
    }
    return this.#sequence as unknown as Sequence;
  }

  #hold(sequence: Sequence): void {
    this.#sequence = sequence;
    this.#unwatch = this.#model.prefixCache.watch(sequence, () => (this.#isShareable ? this.#tokens : []));
  }
}
