/** One llama.cpp context: the cells of all sequences and the passes over them. */
import { promisify } from "node:util";
import { StageError } from "@iftk/core";
import koffi from "koffi";
import type { Batch } from "./batch.js";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";

export interface ContextShape {
  readonly cells: number;
  readonly sequences: number;
  readonly batchSize: number;
  readonly threads: number;
}

/** How a pass ended. `failed` is one after which only its own sequences are in doubt. */
export type DecodeResult = { readonly type: "done" } | { readonly type: "full" } | { readonly type: "aborted" } | { readonly type: "failed"; readonly detail: string };

/**
 * Makes a context for a model without blocking the event loop.
 *
 * @throws StageError `resource_exhausted` when there is not memory enough.
 */
export async function openContext(library: LlamaLibrary, model: Pointer, vocabularySize: number, shape: ContextShape): Promise<LlamaContext> {
  const params = library.contextDefaultParams();
  Object.assign(params, {
    n_ctx: shape.cells,
    n_batch: shape.batchSize,
    n_ubatch: shape.batchSize,
    n_seq_max: shape.sequences,
    n_outputs_max: shape.sequences,
    n_threads: shape.threads,
    n_threads_batch: shape.threads,
    pooling_type: 0,
    kv_unified: true,
  } satisfies Partial<typeof params>);
  const handle = await promisify(library.initFromModel.async)(model, params);
  if (handle === null) {
    throw new StageError("resource_exhausted", `context: llama.cpp cannot make one of ${shape.cells} cells for this model; ask for fewer cells or a smaller contextSize`);
  }
  return new LlamaContext(library, handle, vocabularySize);
}

/** Its methods must not be called while a pass runs, save `abort`. */
export class LlamaContext {
  /** Cells that all sequences share; the library rounds up what it was asked for. */
  readonly cells: number;
  readonly #library: LlamaLibrary;
  readonly #handle: Pointer;
  readonly #memory: Pointer;
  readonly #rowBytes: number;
  /** Read by the library's threads between two operations of a pass; the first byte says to stop. */
  readonly #abortFlag = new Uint8Array(new ArrayBuffer(4096));
  // The library keeps one buffer of logits for the life of a context.
  readonly #views = new Map<bigint, Float32Array<ArrayBuffer>>();

  constructor(library: LlamaLibrary, handle: Pointer, vocabularySize: number) {
    this.#library = library;
    this.#handle = handle;
    this.#memory = library.getMemory(handle);
    this.#rowBytes = vocabularySize * Float32Array.BYTES_PER_ELEMENT;
    this.cells = library.nCtx(handle);
    library.setAbortCallback(handle, library.system.strlen, koffi.address(this.#abortFlag));
  }

  /** Runs a pass on another thread. `done` is called in a macrotask of its own. */
  decode(batch: Batch, done: (result: DecodeResult) => void): void {
    this.#abortFlag[0] = 0;
    try {
      this.#library.decode.async(this.#handle, batch.native, (error: unknown, code: number) => done(resultOf(error, code)));
    } catch (error) {
      setImmediate(() => done(resultOf(error, 0)));
    }
  }

  /** Asks the running pass to stop at its next operation. */
  abort(): void {
    this.#abortFlag[0] = 1;
  }

  /** The logits of a row of the last pass, in the library's memory. */
  logits(row: number): Float32Array {
    const address = this.#library.getLogitsIth(this.#handle, row);
    if (address === null) throw new StageError("internal", `context: the pass left no logits in row ${row}`);
    let view = this.#views.get(address);
    if (view === undefined) {
      view = new Float32Array(koffi.view(address, this.#rowBytes));
      this.#views.set(address, view);
    }
    return view;
  }

  /** Makes the first `length` cells of one sequence belong to another too. */
  share(from: number, to: number, length: number): void {
    this.#library.memorySeqCp(this.#memory, from, to, 0, length);
  }

  /** Takes the cells from position `length` on from a sequence. */
  cut(sequence: number, length: number): void {
    this.#library.memorySeqRm(this.#memory, sequence, length, -1);
  }

  /** Frees the memory. Views of logits that somebody still holds become empty. */
  free(): void {
    for (const view of this.#views.values()) view.buffer.transfer();
    this.#views.clear();
    this.#library.free(this.#handle);
  }
}

function resultOf(error: unknown, code: number): DecodeResult {
  if (error) return { type: "failed", detail: error instanceof Error ? error.message : "it could not be called" };
  if (code === 0) return { type: "done" };
  if (code === 1) return { type: "full" };
  if (code === 2) return { type: "aborted" };
  return { type: "failed", detail: `code ${code}` };
}
