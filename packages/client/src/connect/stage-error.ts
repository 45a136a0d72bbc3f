/** Errors of calls over Connect as StageErrors. */
import { StageError } from "@iftk/core";
import { codeOfStatus, errorDetailDesc, type ErrorDetail } from "@iftk/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

/** Codes that say enough of an error that no server sent; any other means that the connection failed. */
const own: ReadonlySet<Code> = new Set([Code.DeadlineExceeded, Code.ResourceExhausted, Code.Unimplemented, Code.Unauthenticated, Code.PermissionDenied]);

/**
 * The StageError that the server threw, or what went wrong on the way: `unavailable` where the connection failed,
 * with reason `truncated` where that was after the answer had begun.
 */
export function stageErrorOf(cause: unknown, hasBegun: boolean): StageError {
  const error = ConnectError.from(cause);
  const { rawMessage, code } = error;
  const detail = error.findDetails(errorDetailDesc)[0] as ErrorDetail | undefined;
  if (detail) return new StageError(codeOfStatus(code), rawMessage, { reason: detail.reason, stage: detail.stage, retryAfter: detail.retryAfter });
  if (code === Code.ResourceExhausted && rawMessage.includes("MaxBytes")) return new StageError("resource_exhausted", rawMessage, { reason: "too-large" });
  if (error.isWireError || own.has(code)) return new StageError(codeOfStatus(code), rawMessage || "The call failed on the server.");
  return new StageError("unavailable", hasBegun ? "The connection ended before the stream did." : "The connection to the server failed.", { reason: hasBegun ? "truncated" : undefined, cause });
}
