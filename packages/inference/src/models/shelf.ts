/** A loader, and the models it has loaded. */
import { checkedModel } from "./checked-model.js";
import { LoadedModel } from "./loaded-model.js";
import type { ModelLoader } from "./model-loader.js";
import { SharedLoad } from "./shared-load.js";

/** Loads each model once, however many ask for it at once. */
export class Shelf {
  readonly loader: ModelLoader;
  readonly loaded = new Map<string, LoadedModel>();
  readonly #loading = new Map<string, SharedLoad<LoadedModel | undefined>>();
  /** Models that are being freed: they are through before they are loaded again. */
  readonly #freeing = new Map<string, Promise<void>>();
  readonly #onLoaded: (shelf: Shelf, loaded: LoadedModel, asked: string) => void;

  constructor(loader: ModelLoader, onLoaded: (shelf: Shelf, loaded: LoadedModel, asked: string) => void) {
    this.loader = loader;
    this.#onLoaded = onLoaded;
  }

  get loading(): readonly string[] {
    return [...this.#loading.keys()];
  }

  /** Whether the model is loaded, or being loaded. */
  has(id: string): boolean {
    return this.loaded.has(id) || this.#loading.has(id);
  }

  /** The model, or undefined where the loader has none with the id; rejects with what the loader throws. */
  load(id: string, signal: AbortSignal | undefined): Promise<LoadedModel | undefined> {
    const found = this.loaded.get(id);
    if (found) return Promise.resolve(found);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    let load = this.#loading.get(id);
    if (!load) {
      const onOver = (): void => {
        if (this.#loading.get(id) === load) this.#loading.delete(id);
      };
      load = new SharedLoad((stopped) => this.#load(id, stopped), onOver);
      this.#loading.set(id, load);
    }
    return load.join(signal);
  }

  /** Stops the loading of a model for all who wait for it. */
  stop(id: string, reason: unknown): void {
    this.#loading.get(id)?.stop(reason);
  }

  /** Takes the model away from further calls, and frees it when those that run have ended. */
  free(loaded: LoadedModel): Promise<void> {
    const { id } = loaded.model;
    if (this.loaded.get(id) === loaded) this.loaded.delete(id);
    const freed = loaded.free();
    const over = freed
      .catch(() => {}) // who asked for it is told
      .finally(() => {
        if (this.#freeing.get(id) === over) this.#freeing.delete(id);
      });
    this.#freeing.set(id, over);
    return freed;
  }

  async #load(id: string, signal: AbortSignal): Promise<LoadedModel | undefined> {
    await this.#freeing.get(id);
    signal.throwIfAborted();
    const found = await this.loader.load(id, { signal });
    if (!found) return undefined;
    const model = checkedModel(found, "the loader", id);
    const before = this.loaded.get(model.id);
    if (before || signal.aborted) await model[Symbol.asyncDispose](); // known by another id already, or wanted no more
    signal.throwIfAborted();
    const loaded = before ?? new LoadedModel(model);
    this.loaded.set(model.id, loaded);
    this.#onLoaded(this, loaded, id);
    return loaded;
  }
}
