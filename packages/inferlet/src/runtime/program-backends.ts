/** The models that a program uses token by token. */
import type { Backend } from "../backend.js";
import { isBackend, type Meter, type OfferedModel } from "./meter.js";
import { ProgramBackend } from "./program-backend.js";
import { noBackend, noModel } from "./refusals.js";

/** Gives one program its own view of each backend, and closes them all when it is over. */
export class ProgramBackends {
  readonly #models: ReadonlyMap<string, OfferedModel>;
  readonly #meter: Meter;
  readonly #views = new Map<string, ProgramBackend>();

  constructor(models: ReadonlyMap<string, OfferedModel>, meter: Meter) {
    this.#models = models;
    this.#meter = meter;
  }

  /** The view of the backend of this name, always the same; without a name of the first. */
  of(name?: string): ProgramBackend {
    const [found, backend] = backendNamed(this.#models, name);
    const view = this.#views.get(found) ?? new ProgramBackend(backend, this.#meter);
    this.#views.set(found, view);
    return view;
  }

  close(): void {
    for (const view of this.#views.values()) void view.close();
  }
}

/**
 * The backend of this name among the models, or the first.
 *
 * @throws StageError `not_found` that names those there are, `failed_precondition` for a model that is only a stage.
 */
export function backendNamed(models: ReadonlyMap<string, OfferedModel>, name?: string): readonly [name: string, backend: Backend] {
  const found = nameOfBackend([...models].map(([one, model]) => ({ name: one, isBackend: isBackend(model) })), name);
  return [found, models.get(found) as Backend];
}

/** The name of the backend that is asked for. Fails as `backendNamed` does. */
export function nameOfBackend(models: readonly { readonly name: string; readonly isBackend: boolean }[], name?: string): string {
  const backends = models.filter((model) => model.isBackend).map((model) => model.name);
  const found = name === undefined ? backends[0] : models.find((model) => model.name === name)?.name;
  if (found === undefined) throw name === undefined ? noBackend(undefined, backends) : noModel(name, models.map((model) => model.name));
  if (!backends.includes(found)) throw noBackend(found, backends);
  return found;
}
