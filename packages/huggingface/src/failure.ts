/** What the failures of Hugging Face become. */
import { StageError } from "@iftk/core";
import { providerError, providerFailure } from "@iftk/inference/http";
import { provider } from "./client.js";

/**
 * The error that an event or a body with status 200 tells of, or undefined where it tells of none: servers that have begun to
 * answer have no other way to say it. It is told without these secrets.
 */
export function failureIn(value: unknown, secrets: readonly string[]): StageError | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { error, error_type: type, detail } = value as { readonly error?: unknown; readonly error_type?: unknown; readonly detail?: unknown };
  if (error === undefined || error === null) return undefined;
  const told = typeof error === "string" ? { message: error, type: kinds.get(type) ?? type, detail } : { error };
  return providerError({ provider, body: JSON.stringify(told), secrets });
}

/** The kinds of error of Text Generation Inference, as the common ones. */
const kinds: ReadonlyMap<unknown, string> = new Map([
  ["validation", "validation_error"],
  ["overloaded", "overloaded_error"],
  ["incomplete_generation", "server_error"],
  ["generation", "server_error"],
]);

/** The error for a reply that is JSON, but none of this kind. */
export function unexpected(what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is not ${what}`, { reason: "malformed" });
}

/** The error for what the SDK threw. */
export function sdkFailure(error: unknown, signal: AbortSignal, secrets: readonly string[]): unknown {
  if (signal.aborted) return signal.reason;
  const failure = providerFailure(provider, error, { signal, secrets });
  if (!(error instanceof Error) || !StageError.is(failure)) return failure;
  // What the SDK says of outputs quotes them; what it says of inputs names the model, the provider and the task.
  if (error.name === "ProviderOutputError") return new StageError("unavailable", `${provider}: the model's provider gave something else than this task's reply`, { reason: "malformed" });
  if (error.name === "InputError" || error.name === "RoutingError") return new StageError("invalid_argument", failure.message);
  return failure;
}
