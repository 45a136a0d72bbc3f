/** Models as loaders give them. */
import { StageError } from "@iftk/core";
import type { Model } from "@iftk/core/task";
import { quoted } from "./model-names.js";

/** What a loader or a source gave. Throws StageError `internal` with reason `model` where that is no model. */
export function checkedModel(model: Model, giver: string, id: string): Model {
  if (typeof (model as Partial<Model> | null)?.[Symbol.asyncDispose] === "function" && Array.isArray(model.tasks)) return model;
  throw new StageError("internal", `${giver} gave something for ${quoted(id)} that is no model; make it with defineModel`, { reason: "model" });
}
