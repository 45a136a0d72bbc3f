/** The status numbers of gRPC as codes of StageErrors. */
import type { StageErrorCode } from "@iftk/core";

const codes: Readonly<Record<number, StageErrorCode>> = {
  1: "canceled",
  3: "invalid_argument",
  4: "deadline_exceeded",
  5: "not_found",
  7: "permission_denied",
  8: "resource_exhausted",
  9: "failed_precondition",
  12: "unimplemented",
  13: "internal",
  14: "unavailable",
  16: "unauthenticated",
  // Those for which StageError has no code of their own: already exists, aborted, out of range, data loss.
  6: "failed_precondition",
  10: "unavailable",
  11: "invalid_argument",
  15: "internal",
};

/** The code for a status number, or the nearest there is. */
export function codeOfStatus(status: number): StageErrorCode {
  return codes[status] ?? "unknown";
}
