/** A model token by token, as one program has it. */
import { StageError } from "@iftk/core";
import type { AdapterSource, AppliedAdapter, Backend, BackendAdapter, BackendStatistics, ForwardOptions, ForwardRows, RowsOptions, Sequence } from "../backend.js";
import { factsOf } from "../backend-port/backend-call.js";
import { DerivedBackend } from "../backend-port/derived-backend.js";
import type { Meter } from "./meter.js";

/** Counts the rows of output for the program, and gives back what it opened when it is closed; the backend itself stays open. */
export class ProgramBackend extends DerivedBackend {
  /** The one that all programs share. */
  readonly shared: Backend;
  readonly #meter: Meter;
  readonly #sequences = new Set<Sequence>();
  /** Those of the program, with those of the backend. */
  readonly #adapters = new Map<BackendAdapter, BackendAdapter>();
  #isClosed = false;

  constructor(backend: Backend, meter: Meter) {
    super(factsOf(backend), backend);
    this.shared = backend;
    this.#meter = meter;
  }

  get statistics(): BackendStatistics {
    return this.shared.statistics;
  }

  openSequence(): Sequence {
    this.checkOpen();
    return this.#own(this.shared.openSequence());
  }

  async restoreSequence(state: Uint8Array): Promise<Sequence> {
    this.checkOpen();
    return this.#own(await this.shared.restoreSequence(state));
  }

  async loadAdapter(source: AdapterSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<BackendAdapter> {
    this.checkOpen();
    const adapter = await this.shared.loadAdapter(source, options);
    this.#checkOwned(adapter);
    const owned: BackendAdapter = {
      name: adapter.name,
      release: () => {
        this.#adapters.delete(owned);
        adapter.release();
      },
    };
    this.#adapters.set(owned, adapter);
    return owned;
  }

  /** Gives back at once what the program opened. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const owned of [...this.#sequences, ...this.#adapters.values()]) owned.release();
    this.#sequences.clear();
    this.#adapters.clear();
    return Promise.resolve();
  }

  #own(sequence: Sequence): Sequence {
    this.#checkOwned(sequence);
    this.#sequences.add(sequence);
    return new ProgramSequence(sequence, {
      count: (rows) => this.#meter.count(rows),
      applied: (adapters) => adapters?.map(({ adapter, scale }) => ({ adapter: this.#adapters.get(adapter) ?? adapter, scale })),
      own: (fork) => this.#own(fork),
      disown: () => this.#sequences.delete(sequence),
    });
  }

  /** What was opened while the program came to its end is given back. */
  #checkOwned(owned: { release(): void }): void {
    if (this.#isClosed) owned.release();
    this.checkOpen();
  }

  protected checkOpen(): void {
    if (this.#isClosed) throw new StageError("failed_precondition", "backend: it is closed, as the program that used it is over", { reason: "closed" });
  }
}

interface Owner {
  /** @throws what ends the program. */
  readonly count: (rows: number) => void;
  /** The backend's own adapters. */
  readonly applied: (adapters: readonly AppliedAdapter[] | undefined) => readonly AppliedAdapter[] | undefined;
  readonly own: (sequence: Sequence) => Sequence;
  readonly disown: () => void;
}

class ProgramSequence implements Sequence {
  readonly #sequence: Sequence;
  readonly #owner: Owner;

  constructor(sequence: Sequence, owner: Owner) {
    this.#sequence = sequence;
    this.#owner = owner;
  }

  get length(): number {
    return this.#sequence.length;
  }

  async forward(tokens: ArrayLike<number>, options: ForwardOptions = {}): Promise<Float32Array> {
    this.#owner.count(1);
    return this.#sequence.forward(tokens, { ...options, adapters: this.#owner.applied(options.adapters) });
  }

  async forwardRows(tokens: ArrayLike<number>, options: RowsOptions = {}): Promise<ForwardRows> {
    this.#owner.count(options.rows?.length ?? tokens.length);
    return this.#sequence.forwardRows(tokens, { ...options, adapters: this.#owner.applied(options.adapters) });
  }

  fork(): Sequence {
    return this.#owner.own(this.#sequence.fork());
  }

  trim(length: number): void {
    this.#sequence.trim(length);
  }

  discard(start: number, end: number): Promise<void> {
    return this.#sequence.discard(start, end);
  }

  save(): Promise<Uint8Array> {
    return this.#sequence.save();
  }

  release(): void {
    this.#owner.disown();
    this.#sequence.release();
  }
}
