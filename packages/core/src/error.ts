/** The one error class, with the code set of gRPC and Connect. */

export type StageErrorCode =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "unauthenticated";

/** Finer than the code, where a caller may want to act on it. */
export type StageErrorReason = "context-length" | "content-filter" | "rate-limit" | "truncated" | "too-large" | (string & {});

export interface StageErrorOptions {
  readonly reason?: StageErrorReason | undefined;
  /** Path of the stage that failed, outermost first, joined by " | ". */
  readonly stage?: string | undefined;
  /** Milliseconds after which another try may succeed. */
  readonly retryAfter?: number | undefined;
  /** What caused it. It stays in this process: it never crosses a wire. */
  readonly cause?: unknown;
}

const mark = Symbol.for("@iftk/core/StageError");

const retryableCodes: ReadonlySet<StageErrorCode> = new Set(["deadline_exceeded", "resource_exhausted", "unavailable"]);

/** An error that says what went wrong in terms that hold for every stage, engine and transport. */
export class StageError extends Error {
  readonly code: StageErrorCode;
  readonly reason: StageErrorReason | undefined;
  readonly stage: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: StageErrorCode, message: string, options: StageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason;
    this.stage = options.stage;
    this.retryAfter = options.retryAfter;
  }

  static {
    this.prototype.name = "StageError";
    Object.defineProperty(this.prototype, mark, { value: true });
  }

  /** Whether the same call may succeed when made again; what is too large stays so. */
  get retryable(): boolean {
    return retryableCodes.has(this.code) && this.reason !== "too-large";
  }

  /** Whether the value is a StageError, be it of another copy of this package. */
  static is(value: unknown): value is StageError {
    return typeof value === "object" && value !== null && mark in value;
  }

  /** The value itself when it is a StageError; otherwise one that has it as cause: `canceled` for an abort, `deadline_exceeded` for a timeout, `unknown` for the rest. */
  static from(value: unknown, stage?: string): StageError {
    if (StageError.is(value)) return value;
    const name = value instanceof Error || value instanceof DOMException ? value.name : "";
    const code = name === "AbortError" ? "canceled" : name === "TimeoutError" ? "deadline_exceeded" : "unknown";
    const message = value instanceof Error ? value.message : String(value);
    return new StageError(code, message, { cause: value, stage });
  }
}
