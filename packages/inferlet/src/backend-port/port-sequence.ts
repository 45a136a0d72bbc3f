/** A sequence that another thread or process holds. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, ForwardOptions, ForwardRows, RowsOptions, Sequence } from "../backend.js";
import type { PassRequest } from "./backend-call.js";
import type { Connection } from "./connection.js";

/** What the sequences of one backend share. */
export interface SequenceOwner {
  readonly connection: Connection;
  /** The adapters by their numbers. */
  readonly applied: (adapters: readonly AppliedAdapter[]) => PassRequest["adapters"];
  /** A number for a sequence that begins with so many tokens, and the sequence. */
  readonly add: (begin: (number: number) => void, length: number) => Sequence;
  readonly remove: (number: number) => void;
  /** Counts the passes that wait or run. */
  readonly passes: { count: number };
  /** Throws when the backend is closed or gone. */
  readonly check: () => void;
}

export class PortSequence implements Sequence {
  readonly #number: number;
  readonly #owner: SequenceOwner;
  #length: number;
  #isBusy = false;
  #isReleased = false;

  constructor(number: number, owner: SequenceOwner, length: number) {
    this.#number = number;
    this.#owner = owner;
    this.#length = length;
  }

  /** 0 once the other end is gone, so that nobody counts on what was held there. */
  get length(): number {
    return this.#owner.connection.lost ? 0 : this.#length;
  }

  async forward(tokens: ArrayLike<number>, { signal, adapters }: ForwardOptions = {}): Promise<Float32Array> {
    const { connection } = this.#owner;
    return this.#pass(tokens.length, signal, () => connection.call("forward", this.#request(tokens, adapters), { signal }));
  }

  async forwardRows(tokens: ArrayLike<number>, { rows, want, positions, attention, signal, adapters }: RowsOptions = {}): Promise<ForwardRows> {
    const { connection } = this.#owner;
    const options = { rows: rows && Float64Array.from(rows), want, positions: positions && Float64Array.from(positions), attention };
    return this.#pass(tokens.length, signal, () => connection.call("rows", { ...this.#request(tokens, adapters), ...options }, { signal }));
  }

  fork(): Sequence {
    this.#check();
    return this.#owner.add((number) => this.#owner.connection.tell("fork", { sequence: number, of: this.#number }), this.#length);
  }

  trim(length: number): void {
    this.#check();
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new StageError("invalid_argument", `sequence: cannot be trimmed to ${length}; it holds ${this.#length} tokens`);
    }
    if (length < this.#length) this.#trim(length);
  }

  async discard(start: number, end: number): Promise<void> {
    await this.#busy(() => this.#owner.connection.call("discard", { sequence: this.#number, start, end }));
    this.#length -= end - start;
  }

  save(): Promise<Uint8Array> {
    return this.#busy(() => this.#owner.connection.call("save", { sequence: this.#number }));
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#length = 0;
    this.#owner.remove(this.#number);
    this.#owner.connection.tell("release", { sequence: this.#number });
  }

  #request(tokens: ArrayLike<number>, adapters: readonly AppliedAdapter[] | undefined): PassRequest {
    return { sequence: this.#number, tokens: Float64Array.from(tokens), ...(adapters && { adapters: this.#owner.applied(adapters) }) };
  }

  async #pass<T>(tokens: number, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const { passes } = this.#owner;
    return this.#busy(async () => {
      passes.count++;
      try {
        const result = await run();
        this.#length += tokens;
        return result;
      } catch (error) {
        // The pass may have come to its end before it was told.
        if (signal?.aborted && !this.#isReleased) this.#trim(this.#length);
        throw error;
      } finally {
        passes.count--;
      }
    });
  }

  async #busy<T>(act: () => Promise<T>): Promise<T> {
    this.#check();
    this.#isBusy = true;
    try {
      return await act();
    } finally {
      this.#isBusy = false;
    }
  }

  #trim(length: number): void {
    this.#length = length;
    this.#owner.connection.tell("trim", { sequence: this.#number, length });
  }

  #check(): void {
    this.#owner.check();
    if (this.#isReleased) throw new StageError("failed_precondition", "sequence: it is released; open a new one");
    if (this.#isBusy) throw new StageError("failed_precondition", "sequence: a forward pass is under way; await it first");
  }
}
