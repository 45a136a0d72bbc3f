/** StageErrors as plain data and as HTTP statuses, so that a wire carries what a caller may know and no more. */
import { StageError } from "@iftk/core";
import type { StageErrorCode } from "@iftk/core";

/** A StageError as plain data: all of it but the cause, which stays where it happened. */
export interface ErrorFields {
  readonly code: string;
  readonly message: string;
  readonly reason?: string;
  /** Milliseconds. */
  readonly retryAfter?: number;
  readonly stage?: string;
}

const longest = 4096;

const neutralMessage = "The stage failed on the server.";

/** By the table of Connect. Where codes share a status, the first one is what it means when nothing else is said. */
const statuses: Readonly<Record<StageErrorCode, number>> = {
  invalid_argument: 400,
  failed_precondition: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  resource_exhausted: 429,
  canceled: 499,
  internal: 500,
  unknown: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
};

/** The HTTP status for an error; 413 where something is too large. */
export function httpStatus(error: Pick<StageError, "code" | "reason">): number {
  if (error.reason === "too-large" && (error.code === "invalid_argument" || error.code === "resource_exhausted")) return 413;
  return statuses[error.code] ?? 500;
}

/** The code for the HTTP status of a server that says no more. */
export function codeOfHttpStatus(status: number): StageErrorCode {
  const codes = Object.keys(statuses) as StageErrorCode[];
  return codes.find((code) => statuses[code] === status) ?? (status < 400 ? "unknown" : status < 500 ? "invalid_argument" : "unavailable");
}

/**
 * What the other end may know of an error.
 * The message of an error that is no StageError, or that a StageError copied from its cause,
 * may hold anything, so a neutral one takes its place.
 */
export function toErrorFields(error: unknown): ErrorFields {
  const { code, message, reason, retryAfter, stage, cause } = StageError.from(error);
  const foreign = code === "unknown" || (cause instanceof Error && !StageError.is(cause) && cause.message === message);
  return {
    code,
    message: foreign ? neutralMessage : message.slice(0, longest),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined || !Number.isFinite(retryAfter) ? {} : { retryAfter }),
    ...(stage === undefined ? {} : { stage }),
  };
}

/** The StageError that the fields describe. Whatever is of a wrong type is left out; an unknown code is `unknown`. Throws TypeError for null and undefined. */
export function fromErrorFields(fields: object): StageError {
  const { code, message, reason, retryAfter, stage } = fields as Readonly<Record<string, unknown>>;
  const known = Object.hasOwn(statuses, String(code)) ? (code as StageErrorCode) : "unknown";
  return new StageError(known, textOf(message) ?? neutralMessage, {
    reason: textOf(reason),
    retryAfter: typeof retryAfter === "number" ? retryAfter : undefined,
    stage: textOf(stage),
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value.slice(0, longest) : undefined;
}
