/** How long a caller waits, as the header of a request says. */
import { StageError } from "@iftk/core";
import type { Asked } from "./exchange.js";

/** The deadline of a call in milliseconds since the epoch, from its `iftk-timeout` header; undefined where there is none. Throws StageError `invalid_argument` for one that is no number of milliseconds. */
export function deadlineOf(asked: Pick<Asked, "header">): number | undefined {
  const timeout = asked.header("iftk-timeout");
  if (timeout === undefined) return undefined;
  if (!/^\d{1,15}$/.test(timeout)) throw new StageError("invalid_argument", "The header iftk-timeout must be a whole number of milliseconds.", { reason: "malformed" });
  return Date.now() + Number(timeout);
}
