/** What a runtime says where it lacks something. */
import { StageError } from "@iftk/core";

/** There is no model of this name. */
export function noModel(name: string, models: readonly string[]): StageError {
  return new StageError("not_found", `runtime: there is no model ${name}; there are ${models.join(", ") || "none"}`);
}

/** A model is a backend and no stage. */
export function noStage(name: string): StageError {
  return new StageError("failed_precondition", `runtime: the model ${name} is used token by token; call backend(${JSON.stringify(name)}), or offer a stage`);
}

/** A model is a stage and no backend, or there is no backend at all. */
export function noBackend(name: string | undefined, backends: readonly string[]): StageError {
  if (name === undefined) return new StageError("not_found", "runtime: there is no model that can be used token by token; offer a backend");
  return new StageError("failed_precondition", `runtime: the model ${name} is only a stage; call model(${JSON.stringify(name)}), or one of those that are used token by token: ${backends.join(", ") || "none"}`);
}

/** There is no messaging. */
export function noMessaging(): never {
  throw new StageError("failed_precondition", "runtime: it was made without messaging; give it createMessaging()");
}
