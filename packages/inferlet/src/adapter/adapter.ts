/** Low-rank adapters: changes of a model that a pass applies, or not, by itself. */
import { StageError } from "@iftk/core";
import type { AdapterSource, AppliedAdapter, Backend, BackendAdapter } from "../backend.js";
import { Model } from "../model/model.js";

export interface LoadAdapterOptions {
  /** The scale it is applied with where none is named; 1, as it was trained, by default. */
  readonly scale?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An adapter that is loaded for a model.
 *
 * It is applied by each pass that names it among its `adapters`, with its own scale or, by `at`, with another; several are
 * added up, and a pass that names none is one of the bare model. So it is switched between any two tokens; what a sequence
 * already holds stays as it was computed.
 */
export class Adapter implements AppliedAdapter, Disposable {
  readonly name: string;
  readonly scale: number;
  readonly #adapter: BackendAdapter;
  #isReleased = false;

  private constructor(adapter: BackendAdapter, scale: number) {
    this.#adapter = adapter;
    this.name = adapter.name;
    this.scale = scale;
  }

  /**
   * Loads the GGUF file of an adapter.
   *
   * @throws StageError `invalid_argument` for a scale that is not finite and a source that is none; what the backend's `loadAdapter` throws.
   */
  static async load(model: Model | Backend, source: AdapterSource, { scale = 1, signal }: LoadAdapterOptions = {}): Promise<Adapter> {
    requireScale(scale);
    const given: unknown = source;
    if (typeof given !== "object" || given === null) throw new StageError("invalid_argument", `adapter: expected { path } or { bytes }, got ${typeof given === "string" ? "a string; give { path }" : String(given)}`);
    return new Adapter(await Model.of(model).backend.loadAdapter(source, { signal }), scale);
  }

  /** @throws StageError `failed_precondition` when it was released. */
  get adapter(): BackendAdapter {
    if (this.#isReleased) throw new StageError("failed_precondition", `adapter ${this.name}: it was released; load it again`);
    return this.#adapter;
  }

  /** The adapter with another scale: 0 is without it, below 0 away from what it was trained for. */
  at(scale: number): AppliedAdapter {
    return { adapter: this.adapter, scale: requireScale(scale) };
  }

  /** Gives its memory back; passes that use it must be over. Calling it again does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#adapter.release();
    this.#isReleased = true;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function requireScale(scale: number): number {
  if (!Number.isFinite(scale)) throw new StageError("invalid_argument", `scale: expected a finite number, got ${scale}`);
  return scale;
}
