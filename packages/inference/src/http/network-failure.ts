/** What the failures of a network become. */
import { StageError } from "@iftk/core";

const slow: ReadonlySet<string> = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/**
 * The StageError for what a connection did: `unavailable` with reason `connection` where it failed before the answer began
 * and `truncated` within it, `deadline_exceeded` where the server fell silent, `invalid_argument` for a request that cannot be sent.
 */
export function networkFailure(provider: string, error: unknown, when: "before" | "within"): unknown {
  if (StageError.is(error)) return error;
  const code = codeOf(error);
  const cause = withoutBytes(error);
  if (code && slow.has(code)) return new StageError("deadline_exceeded", `${provider}: the server was silent for too long`, { reason: "timeout", cause });
  if (code === "UND_ERR_INVALID_ARG") return new StageError("invalid_argument", `${provider}: the request cannot be sent: ${(error as Error).message}`);
  const told = code ? `: ${code}` : "";
  return when === "before"
    ? new StageError("unavailable", `${provider}: the connection failed${told}`, { reason: "connection", cause })
    : new StageError("unavailable", `${provider}: the connection ended before the reply did${told}`, { reason: "truncated", cause });
}

/**
 * The error with its name, message, stack, code and causes alone: that of a parser also holds the bytes which it did not
 * understand, and they may repeat a request with its key.
 */
function withoutBytes(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth > 4) return undefined;
  const { name, message, stack, cause } = error;
  const copy = new Error(message, cause === undefined ? undefined : { cause: withoutBytes(cause, depth + 1) });
  const code = codeOf(error);
  return Object.assign(copy, { name, ...(stack !== undefined && { stack }), ...(code !== undefined && { code }) });
}

/** The code of a system's or undici's error, on itself or on what caused it. */
export function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== "object" || error === null || depth > 4) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,}$/.test(code)) return code;
  return codeOf(cause, depth + 1) ?? (Array.isArray(errors) ? codeOf(errors[0], depth + 1) : undefined);
}
