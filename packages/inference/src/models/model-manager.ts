/** The manager of models. */
import { StageError, type Call } from "@iftk/core";
import type { AnyImplementation, Model } from "@iftk/core/task";
import { checkedModel } from "./checked-model.js";
import { leasedImplementation, type Lease } from "./leased-implementation.js";
import { notListed, notLoaded, unknownModel, unlessAborted } from "./load-failure.js";
import type { LoadedModel } from "./loaded-model.js";
import type { ModelLoader } from "./model-loader.js";
import type { LoadOptions, ModelEntry, ModelManager, ModelManagerOptions, ModelSource } from "./model-management.js";
import { ModelNames, quoted } from "./model-names.js";
import { Shelf } from "./shelf.js";

/** The name of the loader of those that were deployed with a source. */
const deployed = "deployed";

type Hearing = Partial<Pick<Call, "signal">>;

/**
 * Gives a manager of models.
 *
 * @throws StageError `invalid_argument` for aliases that go round, two loaders of one name, and a `maxLoaded` below 1.
 */
export function modelManager(options: ModelManagerOptions): ModelManager {
  return new Manager(options);
}

class Manager implements ModelManager {
  readonly #names: ModelNames;
  readonly #own: Shelf;
  readonly #shelves: readonly Shelf[];
  readonly #sources = new Map<string, ModelSource>();
  readonly #undeployed = new Set<string>();
  /** All that are loaded; the one used least recently comes first. */
  readonly #byUse = new Map<LoadedModel, Shelf>();
  readonly #handles = new WeakMap<LoadedModel, Map<string | undefined, Model>>();
  readonly #maxLoaded: number;
  readonly #defaultModel: string | undefined;
  /** What freeing for want of room failed with first. */
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor({ loaders = [], aliases = {}, maxLoaded = Infinity, defaultModel }: ModelManagerOptions) {
    if (!(maxLoaded >= 1)) throw new StageError("invalid_argument", `modelManager: maxLoaded must be a number from 1 on, not ${String(maxLoaded)}`);
    const names = [deployed, ...loaders.map(({ name }) => name)];
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw new StageError("invalid_argument", `modelManager: two loaders have the name ${quoted(twice)}`);
    this.#names = new ModelNames(aliases);
    this.#maxLoaded = maxLoaded;
    this.#defaultModel = defaultModel;
    const own = { name: deployed, load: (id: string, call: Pick<Call, "signal">) => this.#fromSource(id, call), list: () => [...this.#sources.keys()] };
    this.#shelves = [own, ...loaders].map((loader) => new Shelf(loader, (shelf, loaded, asked) => this.#onLoaded(shelf, loaded, asked)));
    this.#own = this.#shelves[0] as Shelf;
  }

  async load(id: string, { backend, signal }: LoadOptions = {}): Promise<Model> {
    return this.#handleOf(await this.#find(id, backend, signal), backend);
  }

  async resolve(id: string | undefined, { signal }: Hearing = {}): Promise<Model> {
    const name = id ?? this.#defaultModel;
    if (name === undefined) throw new StageError("not_found", "name a model; there is none for those who name none", { reason: "model" });
    return this.load(name, { signal });
  }

  async list({ signal = new AbortController().signal }: Hearing = {}): Promise<readonly ModelEntry[]> {
    const lists = await Promise.all(this.#shelves.map(({ loader }) => idsOf(loader, signal)));
    return this.#shelves.flatMap(({ loader, loaded, loading }, index) => {
      const ids = new Set([...loaded.keys(), ...loading, ...(lists[index] ?? []).map((id) => this.#names.idOf(id))]);
      const present = [...ids].filter((id) => !this.#undeployed.has(id));
      return present.map((id): ModelEntry => {
        const tasks = loaded.get(id)?.model.tasks.map(({ task }) => task.name);
        const state = tasks ? "loaded" : loading.includes(id) ? "loading" : "available";
        return { id, aliases: this.#names.aliasesOf(id), ...(tasks && { tasks }), state, loaded: state === "loaded", backend: loader.name };
      });
    });
  }

  async deploy(name: string, source?: ModelSource, { signal }: Hearing = {}): Promise<Model> {
    const id = this.#names.idOf(name);
    this.#requireOpen();
    if (source && (id !== name || this.#isPresent(id))) throw new StageError("failed_precondition", `${quoted(name)} is the name of a model already; undeploy that first`, { reason: "model" });
    const wasUndeployed = this.#undeployed.delete(id);
    try {
      if (!source) return await this.load(id, { signal });
      this.#sources.set(id, source);
      return this.#handleOf((await this.#own.load(id, signal)) as LoadedModel, undefined);
    } catch (error) {
      if (this.#own.has(id)) throw error; // others wait for it, or have it
      this.#sources.delete(id);
      if (wasUndeployed) this.#undeployed.add(id);
      throw error;
    }
  }

  async undeploy(name: string, { signal }: Hearing = {}): Promise<void> {
    signal?.throwIfAborted();
    const id = this.#names.idOf(name);
    const isKnown = this.#isPresent(id) || (await this.list(signal && { signal })).some((entry) => entry.id === id);
    if (!isKnown || this.#undeployed.has(id)) throw unknownModel(name, this.#shelves);
    this.#undeployed.add(id);
    this.#sources.delete(id);
    const freed = this.#shelves.flatMap((shelf) => {
      shelf.stop(id, unknownModel(name, this.#shelves));
      const loaded = shelf.loaded.get(id);
      return loaded ? [this.#free(shelf, loaded)] : [];
    });
    this.#names.forget(id);
    await unlessAborted(allOf(freed), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const freed = this.#shelves.flatMap((shelf) => {
      for (const id of shelf.loading) shelf.stop(id, closed());
      return Array.from(shelf.loaded.values(), (loaded) => this.#free(shelf, loaded));
    });
    await allOf(freed);
    if (this.#failure) throw this.#failure.error;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw closed();
  }

  /** Whether the model was deployed, or is loaded or being loaded. */
  #isPresent(id: string): boolean {
    return this.#sources.has(id) || this.#shelves.some((shelf) => shelf.has(id));
  }

  #shelvesOf(backend: string | undefined): readonly Shelf[] {
    const shelves = backend === undefined ? this.#shelves : this.#shelves.filter(({ loader }) => loader.name === backend);
    if (shelves.length > 0) return shelves;
    throw new StageError("invalid_argument", `there is no backend ${quoted(backend as string)}; there is ${this.#shelves.map(({ loader }) => loader.name).join(", ")}`);
  }

  #loadedNow(id: string, backend: string | undefined): LoadedModel | undefined {
    this.#requireOpen();
    for (const shelf of this.#shelvesOf(backend)) {
      const loaded = shelf.loaded.get(id);
      if (loaded) return loaded;
    }
    return undefined;
  }

  /** The model, loaded if need be by the first loader that can. */
  async #find(name: string, backend: string | undefined, signal: AbortSignal | undefined): Promise<LoadedModel> {
    signal?.throwIfAborted();
    const id = this.#names.idOf(name);
    const loaded = this.#loadedNow(id, backend);
    if (loaded) return loaded;
    const shelves = this.#shelvesOf(backend);
    const failures = new Map<Shelf, unknown>();
    for (const shelf of shelves) {
      this.#requireOpen();
      if (this.#undeployed.has(id)) throw unknownModel(name, shelves);
      try {
        const found = await shelf.load(id, signal);
        if (found) return found;
      } catch (error) {
        signal?.throwIfAborted();
        failures.set(shelf, error);
      }
    }
    this.#requireOpen();
    throw failures.size === 0 || this.#undeployed.has(id) ? unknownModel(name, shelves) : notLoaded(name, shelves, failures);
  }

  async #fromSource(id: string, call: Pick<Call, "signal">): Promise<Model | undefined> {
    const source = this.#sources.get(id);
    if (!source) return undefined;
    const model = checkedModel(typeof source === "function" ? await source(call) : source, "the source", id);
    if (model.id === id) return model;
    await model[Symbol.asyncDispose]();
    throw new StageError("invalid_argument", `the source for ${quoted(id)} gave the model ${quoted(model.id)}; deploy it by its id`);
  }

  #onLoaded(shelf: Shelf, loaded: LoadedModel, asked: string): void {
    const { id, aliases } = loaded.model;
    this.#names.learn(id, [asked, ...aliases].filter((name) => !this.#sources.has(name) && !this.#shelves.some(({ loaded: others }) => others.has(name))));
    this.#use(shelf, loaded);
    this.#makeRoom();
  }

  #use(shelf: Shelf, loaded: LoadedModel): void {
    this.#byUse.delete(loaded);
    this.#byUse.set(loaded, shelf);
  }

  /** Frees idle models beyond the bound, but not the last that was asked for, and none that could not be loaded again. */
  #makeRoom(): void {
    const byUse = [...this.#byUse].slice(0, -1);
    for (const [loaded, shelf] of byUse) {
      if (this.#byUse.size <= this.#maxLoaded) return;
      if (!loaded.isIdle || typeof this.#sources.get(loaded.model.id) === "object") continue;
      this.#free(shelf, loaded).catch((error: unknown) => (this.#failure ??= { error }));
    }
  }

  #free(shelf: Shelf, loaded: LoadedModel): Promise<void> {
    this.#byUse.delete(loaded);
    return shelf.free(loaded);
  }

  /** The model as callers have it. */
  #handleOf(loaded: LoadedModel, backend: string | undefined): Model {
    const handles = this.#handles.get(loaded) ?? new Map<string | undefined, Model>();
    this.#handles.set(loaded, handles);
    const { id, aliases, tasks } = loaded.model;
    const handle = handles.get(backend) ?? {
      id,
      aliases,
      tasks: tasks.map((known) => leasedImplementation(known, (call) => this.#lease(id, backend, known, call))),
      [Symbol.asyncDispose]: () => Promise.resolve(), // the manager's to free
    };
    handles.set(backend, handle);
    return handle;
  }

  #lease(id: string, backend: string | undefined, known: AnyImplementation, { signal }: Pick<Call, "signal">): Lease | Promise<Lease> {
    const loaded = this.#loadedNow(id, backend);
    return loaded ? this.#enter(loaded, known) : this.#find(id, backend, signal).then((found) => (found.isGone ? this.#lease(id, backend, known, { signal }) : this.#enter(found, known)));
  }

  #enter(loaded: LoadedModel, { task }: AnyImplementation): Lease {
    const implementation = task.load(loaded.model);
    this.#use(this.#byUse.get(loaded) as Shelf, loaded);
    const leave = loaded.enter();
    const release = (): void => {
      leave();
      this.#makeRoom();
    };
    return { implementation, release };
  }
}

const closed = (): StageError => new StageError("unavailable", "the model manager is closed");

/** The ids that a loader knows; none where it does not say. */
async function idsOf(loader: ModelLoader, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await loader.list?.({ signal })) ?? [];
  } catch (error) {
    signal.throwIfAborted();
    throw notListed(loader.name, error);
  }
}

/** Waits for all, and rejects with what the first of them failed with. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) if (outcome.status === "rejected") throw outcome.reason;
}
