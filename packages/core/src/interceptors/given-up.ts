/** How calls end early. */
import { StageError } from "../error.js";
import type { Call } from "../stream.js";

/** Whether somebody gave the call up: its deadline has not passed, which is a failure. */
export function isGivenUp({ signal }: Pick<Call, "signal">): boolean {
  return signal.aborted && !(StageError.is(signal.reason) && signal.reason.code === "deadline_exceeded");
}
