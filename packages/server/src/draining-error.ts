/** What callers are told when the server goes. */
import { StageError } from "@iftk/core";

/** The error of a call that comes while the server goes: `unavailable` with reason `draining`. */
export function drainingError(): StageError {
  return new StageError("unavailable", "The server is going; call another one.", { reason: "draining", retryAfter: 1000 });
}
