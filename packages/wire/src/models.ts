/** The models that a server knows, apart from how they are kept. */
import { StageError } from "@iftk/core";
import type { Call } from "@iftk/core";
import type { Model } from "@iftk/core/task";

/** What is told of a model. */
export interface ModelInfo {
  readonly id: string;
  readonly aliases?: readonly string[];
  /** The names of the tasks it does, where they are known before it is loaded. */
  readonly tasks?: readonly string[];
  /** Whether it is ready to run; true without it. */
  readonly loaded?: boolean;
}

/** Models by their ids; the model manager of `@iftk/inference` is one. */
export interface Models {
  /** The model with the id or alias, or the one for those who name none. Throws StageError `not_found` with reason `model` where there is none. */
  resolve(id: string | undefined, call: Pick<Call, "signal">): Model | Promise<Model>;
  list(): readonly ModelInfo[] | Promise<readonly ModelInfo[]>;
  /** Loads the model now, also one that was taken away. Throws as `resolve` does. */
  deploy?(id: string): Promise<Model>;
  /** Takes a model away: it is no longer found. Throws as `resolve` does. */
  undeploy?(id: string): Promise<void>;
}

/** Models out of a list of those that are loaded: the only one of them is the one for those who name none. Throws StageError `invalid_argument` for an id that two of them have. */
export function modelsOf(models: Models | readonly Model[]): Models {
  if (!isList(models)) return models;
  const byId = new Map<string, Model>();
  for (const model of models) {
    for (const id of [model.id, ...model.aliases]) {
      if (byId.has(id)) throw new StageError("invalid_argument", `two models have the id ${id}`);
      byId.set(id, model);
    }
  }
  const known = models.map(({ id }) => id).join(", ") || "none";
  const usual = models.length === 1 ? models[0]?.id : undefined;
  async function missing(id: string | undefined): Promise<never> {
    const what = id === undefined ? "name a model" : `there is no model ${JSON.stringify(id.slice(0, 256))}`;
    throw new StageError("not_found", `${what}; there is ${known}`, { reason: "model" });
  }
  return {
    resolve: (id = usual) => (id === undefined ? undefined : byId.get(id)) ?? missing(id),
    list: () => models.map(({ id, aliases, tasks }) => ({ id, aliases, tasks: tasks.map(({ task }) => task.name), loaded: true })),
  };
}

function isList(models: Models | readonly Model[]): models is readonly Model[] {
  return Array.isArray(models);
}
