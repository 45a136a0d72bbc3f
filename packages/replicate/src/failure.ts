/** What the failures of predictions become. */
import { StageError } from "@iftk/core";
import { providerError } from "@iftk/inference/http";
import { provider } from "./client.js";

const passing = /interrupted|please (re)?try|try again|unexpected error handling|high demand|overloaded|timed? ?out|connection|CUDA out of memory/i;
const filtered = /NSFW|safety|content (policy|filter|moderation)|flagged|sensitive/i;

/** The error for a prediction that failed with these words, told without the secrets: which kind it is, they alone say. */
export function failedPrediction(error: unknown, secrets: readonly string[]): StageError {
  const words = typeof error === "string" && error !== "" ? error : "the prediction failed, and the model did not say why";
  const { message, code, reason } = providerError({ provider, body: JSON.stringify({ error: words }), secrets });
  if (reason !== undefined) return new StageError(code, message, { reason });
  if (filtered.test(words)) return new StageError("invalid_argument", message, { reason: "content-filter" });
  // What a model throws by itself it throws again, and every try is paid for.
  return passing.test(words) ? new StageError("unavailable", message) : new StageError("internal", message);
}

/** The error for a prediction that was ended before its time: by someone, or at its deadline. */
export function endedPrediction(status: string): StageError {
  if (status === "aborted") return new StageError("deadline_exceeded", `${provider}: the prediction did not start before its deadline`, { reason: "timeout" });
  return new StageError("canceled", `${provider}: the prediction was canceled`, { reason: "truncated" });
}

/** The error for a reply that is JSON, but none of this kind. */
export function unexpected(what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is not ${what}`, { reason: "malformed" });
}
