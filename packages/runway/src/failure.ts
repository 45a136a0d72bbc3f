/** What the failures of Runway become. */
import { StageError, type StageErrorCode } from "@iftk/core";
import { redact } from "@iftk/inference/http";
import { provider } from "./client.js";

/** Kinds of failure by the beginning of their code, as Runway documents them; those that may pass when tried again are `unavailable`. */
const kinds: readonly (readonly [start: RegExp, code: StageErrorCode, reason?: string])[] = [
  [/^(?:INPUT_PREPROCESSING\.)?SAFETY\b/u, "invalid_argument", "content-filter"],
  [/^ASSET\b/u, "invalid_argument"],
  [/^INTERNAL\.BAD_OUTPUT\b/u, "internal"],
  [/^(?:INTERNAL|INPUT_PREPROCESSING|THIRD_PARTY)\b/u, "unavailable"],
];

/** What a task that came to nothing tells of it. */
interface Failure {
  readonly status: string;
  readonly failure?: unknown;
  readonly failureCode?: unknown;
}

/** The error for a task that failed or was cancelled, in Runway's words without these secrets. */
export function failedTask({ status, failure, failureCode }: Failure, secrets: readonly string[] = []): StageError {
  if (status === "CANCELLED") return new StageError("canceled", `${provider}: the task was cancelled`);
  const code = typeof failureCode === "string" ? failureCode : "";
  const [, kind = "unknown", reason] = kinds.find(([start]) => start.test(code)) ?? [];
  const words = typeof failure === "string" && failure !== "" ? redact(failure, secrets).slice(0, 300) : "the task failed, and Runway did not say why";
  return new StageError(kind, `${provider}: ${words}${code === "" ? "" : ` (${code.slice(0, 80)})`}`, { reason });
}

/** The error with the task that it befell, which may still be picked up. */
export function withTask({ code, message, reason, retryAfter, cause }: StageError, id: string): StageError {
  return new StageError(code, `${message}; task ${id}`, { reason, retryAfter, cause });
}

/** The error for a reply that is JSON, but none of this kind. */
export function unexpected(what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is not ${what}`, { reason: "malformed" });
}
