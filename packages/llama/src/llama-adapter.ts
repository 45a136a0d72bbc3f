/** Low-rank adapters that one model holds. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { StageError } from "@iftk/core";
import type { AdapterSource, AppliedAdapter, BackendAdapter } from "@iftk/inferlet";
import { checkAdapterFile } from "./adapter-file.js";
import { type AdapterSet, adapterSetOf, type HeldAdapter, noAdapters } from "./adapter-set.js";
import type { Pointer } from "./layout.js";
import type { LlamaLibrary } from "./library.js";
import type { LlamaContext } from "./llama-context.js";
import { hearErrors } from "./log.js";
import type { ModelFile } from "./model-file.js";
import type { Scheduler } from "./scheduler.js";

/** An adapter as callers have it. */
export class LlamaAdapter implements BackendAdapter, HeldAdapter {
  readonly name: string;
  readonly id: number;
  readonly handle: Pointer;
  readonly shelf: AdapterShelf;
  uses = 0;

  constructor(shelf: AdapterShelf, name: string, id: number, handle: Pointer) {
    this.shelf = shelf;
    this.name = name;
    this.id = id;
    this.handle = handle;
  }

  release(): void {
    if (this.uses > 0) throw new StageError("failed_precondition", `adapter ${this.name}: a forward pass uses it; await or abort the pass first`);
    this.shelf.drop(this);
  }
}

interface Parts {
  readonly library: LlamaLibrary;
  readonly model: Pointer;
  readonly file: ModelFile;
  readonly context: LlamaContext;
  readonly scheduler: Scheduler;
}

/** Loads the adapters of a backend, keeps them apart from those of others and frees them. */
export class AdapterShelf {
  readonly #parts: Parts;
  readonly #held = new Set<LlamaAdapter>();
  #nextId = 1;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws StageError as `Backend.loadAdapter` does. */
  async load(source: AdapterSource, signal: AbortSignal | undefined): Promise<LlamaAdapter> {
    signal?.throwIfAborted();
    if ("path" in source && typeof source.path === "string") return this.#loadFile(source.path, `adapter file ${source.path}`, signal);
    if (!("bytes" in source && source.bytes instanceof Uint8Array)) throw new StageError("invalid_argument", "adapter: expected the path of a GGUF file, or its bytes");
    // The library reads files alone; this one nobody else can see or change.
    const folder = await mkdtemp(join(tmpdir(), "iftk-adapter-"));
    try {
      const path = join(folder, "adapter.gguf");
      await writeFile(path, source.bytes, { mode: 0o600, signal });
      return await this.#loadFile(path, `adapter of ${source.bytes.length} bytes`, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /**
   * Puts what is applied to a pass into one form.
   *
   * @throws StageError `invalid_argument` for an adapter of another backend or a scale that is no number;
   * `failed_precondition` for one that is released.
   */
  setOf(applied: readonly AppliedAdapter[] | undefined): AdapterSet {
    if (applied === undefined) return noAdapters;
    return adapterSetOf(applied, ({ adapter }) => {
      if (!(adapter instanceof LlamaAdapter) || adapter.shelf !== this) throw new StageError("invalid_argument", "adapter: it is of another backend; load it with the one that runs the pass");
      if (!this.#held.has(adapter)) throw new StageError("failed_precondition", `adapter ${adapter.name}: it is released; load it again`);
      return adapter;
    });
  }

  /** Frees an adapter once no pass runs. */
  drop(adapter: LlamaAdapter): void {
    if (!this.#held.delete(adapter)) return;
    const { scheduler, context, library } = this.#parts;
    scheduler.change(() => {
      context.forget(adapter);
      library.adapterLoraFree(adapter.handle);
    });
  }

  /** Frees all. No pass may run any more. */
  free(): void {
    for (const adapter of this.#held) this.#parts.library.adapterLoraFree(adapter.handle);
    this.#held.clear();
  }

  async #loadFile(path: string, label: string, signal: AbortSignal | undefined): Promise<LlamaAdapter> {
    const { library, model, file, scheduler } = this.#parts;
    const name = await checkAdapterFile(path, label, file, signal);
    // A pass reads the list of adapters that the model keeps.
    return scheduler.exclusive(async () => {
      const errors = hearErrors(library);
      const handle = await promisify(library.adapterLoraInit.async)(model, path).finally(errors.stop);
      if (handle === null) throw new StageError("invalid_argument", `${label}: llama.cpp refuses it: ${errors.reason()}`, { reason: "adapter" });
      if (signal?.aborted === true) {
        library.adapterLoraFree(handle);
        throw signal.reason;
      }
      const adapter = new LlamaAdapter(this, name, this.#nextId++, handle);
      this.#held.add(adapter);
      return adapter;
    }, signal);
  }
}
