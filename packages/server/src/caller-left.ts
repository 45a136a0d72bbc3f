import { StageError } from "@iftk/core";

/** The error for a run whose caller is gone. */
export function callerLeft(): StageError {
  return new StageError("canceled", "The caller left.", { reason: "caller-left" });
}
