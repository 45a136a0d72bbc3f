/** What the failures of Stability AI become. */
import { StageError } from "@iftk/core";
import { providerError } from "@iftk/inference/http";
import { provider } from "./client.js";

/** The error for an image that is blurred or withheld, since what it shows is not allowed. */
export function filtered(): StageError {
  return new StageError("invalid_argument", `${provider}: the image is withheld: the content filter does not allow what it shows`, { reason: "content-filter" });
}

/** The error that a body tells of which is no image, without these secrets. */
export function failureIn(body: unknown, secrets: readonly string[]): StageError {
  const { finish_reason: reason, error, errors } = (typeof body === "object" && body !== null ? body : {}) as { readonly finish_reason?: unknown; readonly error?: unknown; readonly errors?: unknown };
  if (reason === "CONTENT_FILTERED") return filtered();
  return (error ?? errors) ? providerError({ provider, body: JSON.stringify(body), secrets }) : unexpected("an image");
}

/** The error for a reply of another kind. */
export function unexpected(what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is not ${what}`, { reason: "malformed" });
}
