/** One llama.cpp context: the cells of all sequences and the passes over them. */
import { promisify } from "node:util";
import { StageError } from "@iftk/core";
import koffi from "koffi";
import { type AdapterSet, type HeldAdapter, noAdapters } from "./adapter-set.js";
import { Batch } from "./batch.js";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";
import type { CellType } from "./llama-options.js";
import { hearErrors } from "./log.js";
import type { PassKind } from "./pass-kind.js";

export interface ContextShape {
  readonly cells: number;
  readonly cellType: CellType;
  readonly sequences: number;
  readonly batchSize: number;
  readonly threads: number;
}

/** What the rows of a model are made of. */
export interface RowShape {
  readonly vocabularySize: number;
  readonly embeddingSize: number;
}

/** Rows that a pass can give at least; each costs memory in proportion to the vocabulary. */
const leastRows = 32;
/** The numbers that ggml gives the types. */
const cellTypes: Readonly<Record<CellType, number>> = { f32: 0, f16: 1 };

/** How a pass ended. `failed` is one after which only its own sequences are in doubt. */
export type DecodeResult = { readonly type: "done" } | { readonly type: "full" } | { readonly type: "aborted" } | { readonly type: "failed"; readonly detail: string };

/** How a saved sequence was read: `refused` when it cannot be one of this model. */
export type RestoreResult = "done" | "full" | "refused";

/**
 * Makes a context for a model without blocking the event loop.
 *
 * @throws StageError `resource_exhausted` when there is not memory enough.
 */
export async function openContext(library: LlamaLibrary, model: Pointer, row: RowShape, shape: ContextShape): Promise<LlamaContext> {
  // One sequence more than can be open serves to give cells away; the rows are reserved at once, so that their memory does not move.
  const rows = Math.max(leastRows, shape.sequences + 1);
  const params = library.contextDefaultParams();
  Object.assign(params, {
    n_ctx: shape.cells,
    n_batch: shape.batchSize,
    n_ubatch: shape.batchSize,
    n_seq_max: rows,
    n_outputs_max: rows,
    n_threads: shape.threads,
    n_threads_batch: shape.threads,
    pooling_type: 0,
    type_k: cellTypes[shape.cellType],
    type_v: cellTypes[shape.cellType],
    // The fused attention would make halves of whole floats.
    flash_attn_type: shape.cellType === "f32" ? 0 : params.flash_attn_type,
    kv_unified: true,
  } satisfies Partial<typeof params>);
  const handle = await promisify(library.initFromModel.async)(model, params);
  if (handle === null) {
    throw new StageError("resource_exhausted", `context: llama.cpp cannot make one of ${shape.cells} cells for this model; ask for fewer cells or a smaller contextSize`);
  }
  return new LlamaContext(library, handle, row, { rows, spare: shape.sequences });
}

/** Its methods must not be called while a pass or one of its own promises runs, save `abort`. */
export class LlamaContext {
  /** Cells that all sequences share; the library rounds up what it was asked for. */
  readonly cells: number;
  /** Rows that one pass can give. */
  readonly rows: number;
  readonly canShift: boolean;
  readonly #library: LlamaLibrary;
  readonly #handle: Pointer;
  readonly #memory: Pointer;
  readonly #shape: RowShape;
  /** The number of a sequence that is nobody's. */
  readonly #spare: number;
  /** Read by the library's threads between two operations of a pass; the first byte says to stop. */
  readonly #abortFlag = new Uint8Array(new ArrayBuffer(4096));
  // The library keeps one buffer of rows until it has to add the hidden states to it.
  readonly #views = new Map<bigint, Float32Array<ArrayBuffer>>();
  #adapters: AdapterSet = noAdapters;
  #givesEmbeddings = false;
  #gaveEmbeddings = false;
  /** Whether the next pass first turns keys to other positions: done by halves that would spoil them. */
  #turnsKeys = false;

  constructor(library: LlamaLibrary, handle: Pointer, shape: RowShape, { rows, spare }: { readonly rows: number; readonly spare: number }) {
    this.#library = library;
    this.#handle = handle;
    this.#memory = library.getMemory(handle);
    this.#shape = shape;
    this.#spare = spare;
    this.rows = rows;
    this.cells = library.nCtx(handle);
    this.canShift = library.memoryCanShift(this.#memory);
    library.setAbortCallback(handle, library.system.strlen, koffi.address(this.#abortFlag));
  }

  /** Runs a pass on another thread. `done` is called in a macrotask of its own. */
  decode(batch: Batch, kind: PassKind, done: (result: DecodeResult) => void): void {
    this.#abortFlag[0] = 0;
    try {
      this.#prepare(kind);
      this.#library.decode.async(this.#handle, batch.native, (error: unknown, code: number) => {
        // Also a pass that finds no cells has turned the keys by then.
        if (!error && (code === 0 || code === 1)) this.#turnsKeys = false;
        done(resultOf(error, code));
      });
    } catch (error) {
      setImmediate(() => done(resultOf(error, 0)));
    }
  }

  /** Asks the running pass to stop at its next operation. */
  abort(): void {
    if (!this.#turnsKeys) this.#abortFlag[0] = 1;
  }

  /** The logits of a row of the last pass, in the library's memory. */
  logits(row: number): Float32Array {
    const address = this.#library.getLogitsIth(this.#handle, row);
    if (address === null) throw new StageError("internal", `context: the pass left no logits in row ${row}`);
    let view = this.#views.get(address);
    if (view === undefined) {
      view = new Float32Array(koffi.view(address, this.#shape.vocabularySize * Float32Array.BYTES_PER_ELEMENT));
      this.#views.set(address, view);
    }
    return view;
  }

  /** A copy of the hidden state of a row of the last pass. */
  embeddings(row: number): Float32Array {
    const address = this.#library.getEmbeddingsIth(this.#handle, row);
    if (address === null) throw new StageError("internal", `context: the pass left no hidden state in row ${row}`);
    return new Float32Array(koffi.view(address, this.#shape.embeddingSize * Float32Array.BYTES_PER_ELEMENT)).slice();
  }

  /** Makes the first `length` cells of one sequence belong to another too. */
  share(from: number, to: number, length: number): void {
    this.#library.memorySeqCp(this.#memory, from, to, 0, length);
  }

  /** Takes the cells from position `length` on from a sequence. */
  cut(sequence: number, length: number): void {
    this.#library.memorySeqRm(this.#memory, sequence, length, -1);
  }

  /** Takes the cells from `start` to before `end` from a sequence and moves those behind them down. They must be its own. */
  closeGap(sequence: number, start: number, end: number): void {
    this.#library.memorySeqRm(this.#memory, sequence, start, end);
    this.#library.memorySeqAdd(this.#memory, sequence, end, -1, start - end);
    this.#turnsKeys = true;
  }

  /**
   * Gives a sequence cells of its own for the positions from `start` to before `end`.
   *
   * @throws StageError `resource_exhausted` when there are not enough, and then nothing has changed.
   */
  async own(sequence: number, start: number, end: number): Promise<void> {
    await this.#settle();
    const spare = this.#spare;
    this.#library.memorySeqCp(this.#memory, sequence, spare, start, end);
    try {
      const bytes = await this.#write(spare, 0);
      if (!(await this.#read(spare, bytes, 0))) throw this.fullError();
      this.#library.memorySeqRm(this.#memory, sequence, start, end);
      this.#library.memorySeqCp(this.#memory, spare, sequence, start, end);
    } finally {
      this.cut(spare, 0);
    }
  }

  /** The cells of a sequence as bytes, with room for a header before them. */
  async save(sequence: number, headerBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.#settle();
    return this.#write(sequence, headerBytes);
  }

  /** Fills a sequence with the cells that stand after a header. Unless that is done, it has none. */
  async restore(sequence: number, bytes: Uint8Array<ArrayBuffer>, headerBytes: number, length: number): Promise<RestoreResult> {
    const errors = hearErrors(this.#library);
    const isRead = await this.#read(sequence, bytes, headerBytes).finally(errors.stop);
    const library = this.#library;
    if (isRead && library.memorySeqPosMin(this.#memory, sequence) === 0 && library.memorySeqPosMax(this.#memory, sequence) === length - 1) return "done";
    this.cut(sequence, 0);
    return errors.reason().includes("available cells") ? "full" : "refused";
  }

  /** The error for when no cells are left. */
  fullError(): StageError {
    return new StageError("resource_exhausted", `backend: the ${this.cells} cells that all sequences share are used up; release or trim sequences, or open the model with more cells`);
  }

  /** Stops using an adapter, which may then be freed. */
  forget(adapter: HeldAdapter): void {
    if (this.#adapters.adapters.includes(adapter)) this.#apply(noAdapters);
  }

  /** Frees the memory. Views of logits that somebody still holds become empty. */
  free(): void {
    this.#dropViews();
    this.#library.free(this.#handle);
  }

  #prepare({ adapters, embeddings }: PassKind): void {
    if (adapters.key !== this.#adapters.key) this.#apply(adapters);
    if (embeddings === this.#givesEmbeddings) return;
    // The first time the buffer of rows grows, and so moves.
    if (!this.#gaveEmbeddings) this.#dropViews();
    this.#gaveEmbeddings = true;
    this.#givesEmbeddings = embeddings;
    this.#library.setEmbeddings(this.#handle, embeddings);
  }

  #apply(set: AdapterSet): void {
    const handles = BigUint64Array.from(set.adapters, ({ handle }) => handle ?? 0n);
    this.#library.setAdaptersLora(this.#handle, handles, handles.length, Float32Array.from(set.scales));
    this.#adapters = set;
  }

  /** Lets the keys be turned that a gap left at old positions, which a pass over any token does. */
  async #settle(): Promise<void> {
    if (!this.#turnsKeys) return;
    const batch = new Batch(1);
    batch.add(0, 0, this.#spare, false);
    const result = await new Promise<DecodeResult>((resolve) => this.decode(batch, { adapters: noAdapters, embeddings: false }, resolve));
    this.cut(this.#spare, 0);
    if (this.#turnsKeys) throw new StageError("internal", `context: the keys could not be moved: ${result.type === "failed" ? result.detail : result.type}`);
  }

  async #write(sequence: number, headerBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const { stateSeqGetSize, stateSeqGetData } = this.#library;
    const size = await promisify(stateSeqGetSize.async)(this.#handle, sequence);
    const bytes = allocate(headerBytes + size);
    const written = await promisify(stateSeqGetData.async)(this.#handle, koffi.address(bytes) + BigInt(headerBytes), size, sequence);
    if (size > 0 && written === size && bytes.length > 0) return bytes;
    throw new StageError("internal", `context: llama.cpp wrote ${written} bytes of a sequence where ${size} were expected`);
  }

  async #read(sequence: number, bytes: Uint8Array<ArrayBuffer>, headerBytes: number): Promise<boolean> {
    const size = bytes.length - headerBytes;
    const read = await promisify(this.#library.stateSeqSetData.async)(this.#handle, koffi.address(bytes) + BigInt(headerBytes), size, sequence);
    // An address alone keeps nothing alive: the bytes are needed to the end of the call.
    return read === size && bytes.length > 0;
  }

  #dropViews(): void {
    for (const view of this.#views.values()) view.buffer.transfer();
    this.#views.clear();
  }
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(new ArrayBuffer(size));
  } catch (cause) {
    throw new StageError("resource_exhausted", `context: there is no memory for the ${size} bytes of a sequence`, { cause });
  }
}

function resultOf(error: unknown, code: number): DecodeResult {
  if (error) return { type: "failed", detail: error instanceof Error ? error.message : "it could not be called" };
  if (code === 0) return { type: "done" };
  if (code === 1) return { type: "full" };
  if (code === 2) return { type: "aborted" };
  return { type: "failed", detail: `code ${code}` };
}
