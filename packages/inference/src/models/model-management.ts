/** What a model manager is: models by their ids, loaded when they are asked for and freed when there is no room. */
import type { Call } from "@iftk/core";
import type { Model } from "@iftk/core/task";
import type { ModelLoader } from "./model-loader.js";

export interface ModelManagerOptions {
  /** Asked in this order; the first that has a model loads it. */
  readonly loaders?: readonly ModelLoader[];
  /** Old ids, each with the id that took its place, or with another old one. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The model for those who name none. */
  readonly defaultModel?: string;
  /** Models that are kept, as long as calls leave a choice: the one that was used least recently is freed first. No bound by default. */
  readonly maxLoaded?: number;
}

/** What may be said when a model is asked for. */
export interface LoadOptions {
  /** The name of the loader that it must come from. */
  readonly backend?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is told of a model. */
export interface ModelEntry {
  readonly id: string;
  readonly aliases: readonly string[];
  /** The names of the tasks it does; left out until it is loaded. */
  readonly tasks?: readonly string[];
  readonly state: "available" | "loading" | "loaded";
  /** Whether the state is `loaded`. */
  readonly loaded: boolean;
  /** The name of the loader; `deployed` for those that were deployed with a source. */
  readonly backend: string;
}

/** A model, or how it is loaded. */
export type ModelSource = Model | ((call: Pick<Call, "signal">) => Promise<Model> | Model);

/** Loads models when they are asked for, each once, and knows which there are. */
export interface ModelManager extends AsyncDisposable {
  /**
   * The model with the id or alias. What is given stays good: it has the model while a call runs, and a call loads it again
   * when it was freed meanwhile. Disposing of it leaves the model to the others.
   *
   * @throws StageError `not_found` with reason `model` where no loader has it; `unavailable` with the same reason, and an AggregateError
   * of all failures as its cause, where none that has it could load it; `invalid_argument` for an unknown backend; the reason of the signal.
   */
  load(id: string, options?: LoadOptions): Promise<Model>;
  /** The same, or the model for those who name none. */
  resolve(id: string | undefined, call?: Partial<Pick<Call, "signal">>): Promise<Model>;
  /** The models that are loaded, being loaded, or known by the loaders. Throws StageError `unavailable` with reason `model` where a loader fails to say which it has. */
  list(call?: Partial<Pick<Call, "signal">>): Promise<readonly ModelEntry[]>;
  /**
   * Loads a model from a source of its own; without one, from the loaders, after it was undeployed.
   *
   * @throws StageError `failed_precondition` with reason `model` for an id that is in use; `invalid_argument` for a source that gives a model with another id, `internal` for one that gives none; what the source throws.
   */
  deploy(id: string, source?: ModelSource, call?: Partial<Pick<Call, "signal">>): Promise<Model>;
  /**
   * Refuses further calls of the model as `not_found`, and frees it when those that run have ended.
   *
   * When the signal fires it waits no longer. Rejects with what freeing fails with.
   *
   * @throws StageError `not_found` with reason `model` where there is no such model.
   */
  undeploy(id: string, call?: Partial<Pick<Call, "signal">>): Promise<void>;
  /** Refuses further calls as `unavailable` and frees all models when the calls that run have ended. */
  [Symbol.asyncDispose](): Promise<void>;
}
