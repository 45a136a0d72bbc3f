/** What goes wrong with OpenAI, as StageErrors. */
import { StageError } from "@iftk/core";
import { providerError, providerFailure } from "@iftk/inference/http";
import type { Connection } from "./client.js";
import { isRecord } from "./record.js";

/** The error for what the SDK threw: a refusal, a failed connection, an abort. */
export function failureOf({ provider, secrets }: Connection, error: unknown, signal?: AbortSignal): unknown {
  return providerFailure(provider, error, { signal, secrets: secrets() });
}

/** The error that a value which came within a reply tells of, or undefined where it tells of none. */
export function errorWithin(connection: Connection, value: Readonly<Record<string, unknown>>): StageError | undefined {
  if (value["error"]) return refusal(connection, value["error"]);
  return value["object"] === "error" || value["type"] === "error" ? refusal(connection, value) : undefined;
}

/** The error for a refusal that came in a reply with a status of success. */
export function refusal({ provider, secrets }: Connection, error: unknown): StageError {
  // Some servers write the status as a number in the code.
  const told = isRecord(error) ? { ...error, ...(typeof error["code"] === "number" && { code: String(error["code"]) }) } : error;
  return providerError({ provider, body: JSON.stringify({ error: told }), secrets: secrets() });
}

/** The error for a reply that ended before it was whole. */
export function truncated({ provider }: Connection): StageError {
  return new StageError("unavailable", `${provider}: the reply ended without its terminal mark`, { reason: "truncated" });
}

/** The error for a reply that is not what the API documents. */
export function malformed({ provider }: Pick<Connection, "provider">, what: string): StageError {
  return new StageError("unavailable", `${provider}: the reply is malformed: ${what}`, { reason: "malformed" });
}

/** The error for a field of a request that this API cannot honour. */
export function unimplemented({ provider }: Pick<Connection, "provider">, what: string): StageError {
  return new StageError("unimplemented", `${provider}: ${what}`, { reason: "option" });
}
