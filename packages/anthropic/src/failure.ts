/** What the errors of Anthropic become. */
import { StageError } from "@iftk/core";
import { providerError, providerFailure, type ProviderFailureOptions } from "@iftk/inference/http";

/** Whom errors name. */
export const provider = "anthropic";

/** Error codes that come with status 429 and that waiting does not help against. */
const spendCodes = /"error_code":\s*"(?:contract|enforced|linked_organization)_spend_limit_reached"/;

/** The StageError for what the vendor's client threw; a limit on spending is `failed_precondition`, reason `quota`. After an abort it is the signal's reason. */
export function anthropicFailure(error: unknown, options: ProviderFailureOptions): unknown {
  const failure = providerFailure(provider, error, options);
  if (!StageError.is(failure) || failure.code !== "resource_exhausted" || !spendCodes.test(JSON.stringify((error as { error?: unknown }).error) ?? "")) return failure;
  return new StageError("failed_precondition", failure.message, { reason: "quota", cause: failure.cause });
}

/** The StageError for an error that Anthropic tells within a reply, as an event or as one result of a batch. `body` is its JSON. */
export function toldFailure(body: string, secrets: readonly string[]): StageError {
  return providerError({ provider, body, secrets });
}
