/** StageErrors as errors of Connect, which its three protocols carry, and back. */
import { StageError } from "@iftk/core";
import type { StageErrorCode } from "@iftk/core";
import { codeOfStatus, errorDetailDesc } from "@iftk/protobuf";
import { toErrorFields } from "@iftk/wire";
import { Code, ConnectError } from "@connectrpc/connect";

const codes: Readonly<Record<StageErrorCode, Code>> = {
  canceled: Code.Canceled,
  unknown: Code.Unknown,
  invalid_argument: Code.InvalidArgument,
  deadline_exceeded: Code.DeadlineExceeded,
  not_found: Code.NotFound,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
};

/** What the other end may know of an error: its code and message, and the rest of it as an `iftk.ErrorDetail`. Causes stay here. */
export function toConnectError(error: unknown): ConnectError {
  const known = error instanceof ConnectError ? fromConnectError(error) : StageError.from(error);
  const { message, reason, stage, retryAfter } = toErrorFields(known);
  const detail = { ...(reason === undefined ? {} : { reason }), ...(stage === undefined ? {} : { stage }), ...(retryAfter === undefined ? {} : { retryAfter }) };
  return new ConnectError(message, codes[known.code], undefined, [{ desc: errorDetailDesc, value: detail }]);
}

/** What an error of the library says about a request that it could not read, or about its caller. */
export function fromConnectError(error: ConnectError): StageError {
  const { rawMessage, code } = error;
  if (code === Code.ResourceExhausted && rawMessage.includes("MaxBytes")) return new StageError("resource_exhausted", rawMessage, { reason: "too-large" });
  if (code === Code.Internal && rawMessage.startsWith("parse ")) return new StageError("invalid_argument", "A message is not of the type that the method takes.", { reason: "malformed", cause: error });
  return new StageError(codeOfStatus(code), rawMessage, { cause: code === Code.Unknown ? error : undefined });
}
