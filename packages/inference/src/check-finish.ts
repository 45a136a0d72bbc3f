import { StageError } from "@iftk/core";
import type { Finish } from "./part.js";

/** The finish of a reply that is whole. Throws a StageError for none and for one that tells of an abort or a failure. */
export function checkFinish(finish: Finish | undefined): Finish {
  if (!finish) throw new StageError("unavailable", "the reply ended before its finish part: it is cut off", { reason: "truncated" });
  const { unified, raw } = finish.reason;
  if (unified === "aborted") throw new StageError("canceled", `the reply was aborted (${raw})`, { reason: "truncated" });
  if (unified === "error") throw new StageError("unknown", `the engine failed during the reply (${raw})`, { reason: "truncated" });
  return finish;
}
