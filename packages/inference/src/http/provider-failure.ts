/** What a vendor's SDK, or fetch, threw. */
import { StageError } from "@iftk/core";
import type { HeaderSource } from "./headers.js";
import { codeOf, networkFailure } from "./network-failure.js";
import { providerError } from "./provider-error.js";
import { redact } from "./redact.js";

/** What is known of the call that failed. */
export interface ProviderFailureOptions {
  readonly signal?: AbortSignal | undefined;
  /** Keys that the error may hold. */
  readonly secrets?: readonly string[] | undefined;
}

/** Where errors keep what happened; the SDKs differ. */
interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly error?: unknown;
  readonly body?: unknown;
  readonly response?: Thrown;
  readonly httpResponse?: Thrown;
}

/**
 * The StageError for what an SDK or fetch threw: by its status where the provider answered, else by what the network did.
 * A StageError is given as it is, and after an abort the signal's reason.
 *
 * Its cause is a copy with name, message, code and causes alone: SDKs attach requests with their keys to errors.
 */
export function providerFailure(provider: string, error: unknown, { signal, secrets = [] }: ProviderFailureOptions = {}): unknown {
  if (StageError.is(error)) return error;
  if (signal?.aborted) return signal.reason;
  const thrown: Thrown = typeof error === "object" && error !== null ? error : { message: error };
  const cause = withoutSecrets(thrown, secrets);
  const answer = thrown.httpResponse ?? thrown.response;
  const status = [thrown.status, thrown.statusCode, answer?.status].find((value) => typeof value === "number" && value >= 300) as number | undefined;
  if (status !== undefined) return providerError({ provider, status, headers: (thrown.headers ?? answer?.headers) as HeaderSource | undefined, body: bodyOf(thrown, answer), secrets, cause });
  const kind = `${cause.name} ${thrown.constructor?.name}`;
  if (kind.includes("Timeout")) return new StageError("deadline_exceeded", `${provider}: the request took too long`, { reason: "timeout", cause });
  if (kind.includes("Abort")) return new StageError("canceled", `${provider}: the request was aborted`, { cause });
  if (cause.message === "terminated") return networkFailure(provider, cause, "within"); // what fetch says of a body that is cut
  if (/ConnectionError|FetchError|SocketError/.test(kind) || codeOf(cause) !== undefined || cause.message === "fetch failed") return networkFailure(provider, cause, "before");
  if (error instanceof SyntaxError) return new StageError("unavailable", `${provider}: the reply is malformed`, { reason: "malformed" }); // its message quotes the reply
  return new StageError("unknown", `${provider}: ${cause.message.slice(0, 300) || "the call failed"}`, { cause });
}

/** What the provider answered, as far as the SDK kept it: of some the whole body, of some what is under `error`, of some only the message. */
function bodyOf(thrown: Thrown, answer: Thrown | undefined): string {
  const body = [thrown.error, thrown.body, answer?.body].find((value) => typeof value === "string" || isRecord(value));
  return typeof body === "string" ? body : body === undefined ? textOf(thrown.message) : JSON.stringify(body);
}

/** Whether it is plain data with something in it; a body can also be a stream. */
function isRecord(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.keys(value).length > 0;
}

function withoutSecrets(thrown: Thrown, secrets: readonly string[], depth = 0): Error {
  const { cause } = thrown;
  const inner = typeof cause === "object" && cause !== null && depth < 4 ? { cause: withoutSecrets(cause, secrets, depth + 1) } : undefined;
  const copy = new Error(redact(textOf(thrown.message), secrets), inner);
  copy.name = textOf(thrown.name) || "Error";
  const code = codeOf(depth === 0 ? thrown : { code: thrown.code });
  return Object.assign(copy, code === undefined ? {} : { code });
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
