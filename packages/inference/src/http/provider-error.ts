/** What a provider's refusal becomes. */
import { STATUS_CODES } from "node:http";
import { StageError, type StageErrorCode, type StageErrorReason } from "@iftk/core";
import { readFault, type Fault } from "./error-body.js";
import type { HeaderSource } from "./headers.js";
import { redact } from "./redact.js";
import { askedFor, retryAfterOf } from "./retry-after.js";

/** What is known of a refusal. */
export interface ProviderErrorOptions {
  readonly provider: string;
  /** The HTTP status; left out, or one that says success, for an error told within a reply: then its type and code tell the kind. */
  readonly status?: number | undefined;
  readonly headers?: HeaderSource | undefined;
  readonly body?: string | undefined;
  /** Keys that the provider may echo. */
  readonly secrets?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** Characters of a provider's own words that a message holds. */
const mostCharacters = 300;

/**
 * The StageError for an answer that is a refusal: its code by the status, its reason by what the body says,
 * `retryAfter` by the headers, and a message with the provider's own words, shortened and without keys.
 */
export function providerError({ provider, status, headers, body = "", secrets = [], cause }: ProviderErrorOptions): StageError {
  const fault = readFault(body);
  const isRefusal = status !== undefined && status >= 300;
  const effective = isRefusal ? status : statusOf(fault);
  const { code, reason } = kindOf(effective, fault);
  const words = shorten(redact(fault.message ?? fallbackMessage(effective, fault), secrets));
  const label = isRefusal ? `${provider}: ${status}` : provider;
  const error = new StageError(code, `${label}: ${words}`, { reason, retryAfter: waitOf(headers, effective, fault), cause });
  return error.retryable ? error : new StageError(code, error.message, { reason, cause });
}

interface Kind {
  readonly code: StageErrorCode;
  readonly reason?: StageErrorReason | undefined;
}

const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [401, { code: "unauthenticated" }],
  [402, { code: "failed_precondition", reason: "quota" }],
  [403, { code: "permission_denied" }],
  [404, { code: "not_found" }],
  [408, { code: "deadline_exceeded", reason: "timeout" }],
  [409, { code: "unavailable" }],
  [410, { code: "not_found" }],
  [412, { code: "failed_precondition" }],
  [413, { code: "invalid_argument", reason: "too-large" }],
  [425, { code: "unavailable" }],
  [428, { code: "failed_precondition" }],
  [429, { code: "resource_exhausted", reason: "rate-limit" }],
  [501, { code: "unimplemented" }],
  [503, { code: "unavailable", reason: "overloaded" }],
  [504, { code: "deadline_exceeded", reason: "timeout" }],
  [529, { code: "unavailable", reason: "overloaded" }],
]);

/** Statuses with which providers tell of what is wrong with the request itself. */
const onRequest: ReadonlySet<number> = new Set([400, 403, 413, 422]);

function kindOf(status: number, fault: Fault): Kind {
  if (status < 400) return status >= 300 ? { code: "failed_precondition", reason: "redirect" } : { code: "unknown" };
  if ((status === 429 || status === 403 || status === 400) && isOutOfQuota(fault)) return { code: "failed_precondition", reason: "quota" };
  if (onRequest.has(status)) {
    if (isFiltered(fault)) return { code: "invalid_argument", reason: "content-filter" };
    if (isTooLong(fault)) return { code: "invalid_argument", reason: "context-length" };
  }
  if (status >= 500 && isOverloaded(fault)) return { code: "unavailable", reason: "overloaded" };
  return kinds.get(status) ?? { code: status < 500 ? "invalid_argument" : "unavailable" };
}

const has = (fault: Fault, marks: ReadonlySet<string>, words?: RegExp): boolean => fault.marks.some((mark) => marks.has(mark)) || (words?.test(fault.message ?? "") ?? false);

const quotaMarks: ReadonlySet<string> = new Set(["insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance", "payment_required", "quota_exceeded"]);
const quotaWords = /exceeded your (current quota|monthly (included )?credits)|credit balance is too low|billing hard limit|(insufficient|not have enough) (credits?|balance|funds)/i;
const isOutOfQuota = (fault: Fault): boolean => fault.marks.some((mark) => mark.endsWith("_spend_limit_reached")) || has(fault, quotaMarks, quotaWords);

const filterMarks: ReadonlySet<string> = new Set(["content_filter", "content_filtered", "content_policy_violation", "content_moderation", "moderation_blocked", "responsibleaipolicyviolation", "invalid_prompts", "image_generation_user_error_moderation"]);
const filterWords = /content (management |moderation )?(policy|filter)|safety system|flagged (as|by) |violat\w+ (our|the) (usage|content|safety) polic|content moderation|did not pass moderation|NSFW content/i;
const isFiltered = (fault: Fault): boolean => fault.marks.some((mark) => mark.startsWith("safety.")) || has(fault, filterMarks, filterWords);

const lengthMarks: ReadonlySet<string> = new Set(["context_length_exceeded", "context_window_exceeded", "model_context_window_exceeded", "exceed_context_size_error"]);
const lengthWords = /context (length|window|limit|size)|prompt is too long|(input|prompt|messages?) (is |are )?too (long|many tokens)|too many (input |prompt )?tokens|reduce the length of|`?inputs`? (tokens|must have less than)/i;
const isTooLong = (fault: Fault): boolean => has(fault, lengthMarks, lengthWords);

const overloadMarks: ReadonlySet<string> = new Set(["overloaded_error", "overloaded", "server_overloaded", "slow_down", "engine_overloaded"]);
const isOverloaded = (fault: Fault): boolean => has(fault, overloadMarks, /overloaded|currently loading|over capacity/i);

/** The status that goes with an error which came within a reply. */
function statusOf(fault: Fault): number {
  for (const mark of fault.marks) {
    const status = /^[45]\d\d$/.test(mark) ? Number(mark) : statusOfMark.get(mark);
    if (status !== undefined) return status;
  }
  if (isOutOfQuota(fault)) return 429;
  if (isFiltered(fault) || isTooLong(fault)) return 400;
  return 500;
}

const statusOfMark: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["validation_error", 422],
  ["validation", 422],
  ["bad_request", 400],
  ["authentication_error", 401],
  ["invalid_api_key", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["model_not_found", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["requests", 429],
  ["tokens", 429],
  ["insufficient_quota", 429],
  ["content_filter", 400],
  ["context_length_exceeded", 400],
  ["timeout_error", 504],
  ["overloaded_error", 529],
  ["overloaded", 529],
  ["api_error", 500],
  ["server_error", 500],
]);

function fallbackMessage(status: number, fault: Fault): string {
  return fault.marks[0] ?? STATUS_CODES[status] ?? "the request failed, and the provider did not say why";
}

/** The limits that are told in every reply count for one that says that they were hit. */
function waitOf(headers: HeaderSource | undefined, status: number, { estimatedTime }: Fault): number | undefined {
  const asked = status === 429 ? retryAfterOf(headers) : askedFor(headers, Date.now());
  return asked ?? (estimatedTime === undefined ? undefined : Math.ceil(estimatedTime * 1000));
}

function shorten(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they have no place in a message
  const line = text.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
  return line.length <= mostCharacters ? line : `${line.slice(0, mostCharacters - 1).trimEnd().toWellFormed()}…`;
}
