/** Sequences over the cells of one model. */
import { StageError } from "@iftk/core";
import type { ForwardOptions, ForwardRows, RowsOptions, Sequence } from "../backend.js";
import { checkRows, checkTokens, type PassLimits } from "./check-pass.js";
import type { PassInput } from "./network.js";
import type { RunningPass } from "./pass-runner.js";
import type { AdapterShelf } from "./reference-adapter.js";
import type { ReferenceModel } from "./reference-model.js";
import { writeState } from "./sequence-state.js";

/** What sequences have of their backend. */
export interface SequenceOwner {
  readonly adapters: AdapterShelf;
  /** @throws StageError `failed_precondition` once the backend is closed. */
  model(): ReferenceModel;
  /** @throws StageError `resource_exhausted` when no more may be open. */
  open(cells: (model: ReferenceModel) => Int32Array): Sequence;
  run(input: PassInput, signal: AbortSignal | undefined): RunningPass<ForwardRows>;
  /** Copies the logits to where they stay until the next ones. */
  show(logits: Float32Array): Float32Array;
  /** Takes note that a sequence is released. */
  releaseSequence(sequence: Sequence, cells: Int32Array): void;
}

export class ReferenceSequence implements Sequence {
  readonly #owner: SequenceOwner;
  #cells: Int32Array;
  #pass: RunningPass<ForwardRows> | undefined;
  #isReleased = false;

  constructor(owner: SequenceOwner, cells: Int32Array) {
    this.#owner = owner;
    this.#cells = cells;
  }

  get length(): number {
    return this.#cells.length;
  }

  async forward(tokens: ArrayLike<number>, { signal, adapters }: ForwardOptions = {}): Promise<Float32Array> {
    const { logits } = await this.#run(tokens, { signal, adapters, rows: [tokens.length - 1] });
    return this.#owner.show(logits[0] as Float32Array);
  }

  forwardRows(tokens: ArrayLike<number>, options: RowsOptions = {}): Promise<ForwardRows> {
    return this.#run(tokens, options);
  }

  fork(): Sequence {
    this.#check();
    return this.#owner.open(({ cells }) => {
      cells.share(this.#cells);
      return this.#cells;
    });
  }

  trim(length: number): void {
    const { cells } = this.#check();
    if (!Number.isInteger(length) || length < 0 || length > this.length) {
      throw new StageError("invalid_argument", `sequence: cannot be trimmed to ${length}; it holds ${this.length} tokens`);
    }
    cells.giveBack(this.#cells.subarray(length));
    this.#cells = this.#cells.slice(0, length);
  }

  async discard(start: number, end: number): Promise<void> {
    const { cells, network } = this.#check();
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > this.length) {
      throw new StageError("invalid_argument", `sequence: cannot discard from ${start} up to ${end}; it holds ${this.length} tokens`);
    }
    if (start === end) return;
    const moved = cells.own(this.#cells.subarray(end));
    const turns = network.rotary.turnsOf(start - end);
    for (const keys of cells.keys) for (const cell of moved) network.rotary.turn(keys, cell * cells.width, (cell + 1) * cells.width, turns);
    cells.giveBack(this.#cells.subarray(start, end));
    this.#cells = joined(this.#cells.subarray(0, start), moved);
  }

  async save(): Promise<Uint8Array> {
    const { cells, fingerprint } = this.#check();
    return writeState(cells, this.#cells, fingerprint);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#pass?.giveUp(new StageError("canceled", "sequence: it was released while a forward pass was under way"));
    this.#owner.releaseSequence(this, this.#cells);
    this.#cells = new Int32Array(0);
  }

  async #run(tokens: ArrayLike<number>, options: RowsOptions): Promise<ForwardRows> {
    const { contextSize, vocabulary, network, cells } = this.#check();
    const { signal, adapters = [] } = options;
    signal?.throwIfAborted();
    const limits: PassLimits = { held: this.length, contextSize, vocabularySize: vocabulary.size, embeddingSize: network.shape.width };
    const copy = checkTokens(tokens, limits);
    const rows = checkRows(copy.length, limits, options);
    const weights = this.#owner.adapters.use(adapters);
    const added = cells.take(copy.length);
    const all = joined(this.#cells, added);
    this.#pass = this.#owner.run({ tokens: copy, cells: all, adapters: weights, ...rows }, signal);
    try {
      const result = await this.#pass.result;
      this.#cells = all;
      return result;
    } catch (error) {
      cells.giveBack(added);
      throw error;
    } finally {
      this.#pass = undefined;
    }
  }

  #check(): ReferenceModel {
    const model = this.#owner.model();
    if (this.#isReleased) throw new StageError("failed_precondition", "sequence: it is released; open a new one");
    if (this.#pass !== undefined) throw new StageError("failed_precondition", "sequence: a forward pass is under way; await it first");
    return model;
  }
}

function joined(one: Int32Array, other: Int32Array): Int32Array {
  const all = new Int32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
