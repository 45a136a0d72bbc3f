/** Errors as they cross a port. */
import { StageError } from "@iftk/core";

/** What the other end may know of an error: a StageError without its cause. */
export type Failure = Pick<StageError, "code" | "message" | "reason" | "stage" | "retryAfter">;

/** What of an error crosses a port. */
export function failureOf(error: unknown): Failure {
  const { code, message, reason, stage, retryAfter } = StageError.from(error);
  return { code, message, reason, stage, retryAfter };
}

/** The error of the other end. */
export function errorOf({ code, message, ...options }: Failure): StageError {
  return new StageError(code, message, options);
}
