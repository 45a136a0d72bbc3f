/** What a runtime says where it lacks something. */
import { StageError } from "@iftk/core";

/** There is no model of this name. */
export function noModel(name: string, models: readonly string[]): StageError {
  return new StageError("not_found", `runtime: there is no model ${name}; there are ${models.join(", ") || "none"}`);
}

/** There is no messaging. */
export function noMessaging(): never {
  throw new StageError("failed_precondition", "runtime: it was made without messaging; give it createMessaging()");
}
