/** Errors that are known before a stream begins, as JSON with their HTTP status. */
import { StageError } from "@iftk/core";
import { httpStatus, toErrorFields } from "@iftk/wire";
import type { Answer } from "./exchange.js";

export interface ErrorAnswerOptions {
  /** The status; without it the one that belongs to the error's code. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of a JSON body that nobody stores. */
export const jsonHeaders = {
  "cache-control": "no-store",
  "content-type": "application/json; charset=utf-8",
  "x-content-type-options": "nosniff",
};

/** The body `{"error": {...}}` under the status of the error's code, with `retry-after` where the error says when. */
export function errorAnswer(error: unknown, { status, headers }: ErrorAnswerOptions = {}): Answer {
  const fields = toErrorFields(error);
  const { retryAfter } = fields;
  return {
    status: status ?? httpStatus(StageError.from(error)),
    headers: {
      ...jsonHeaders,
      ...headers,
      ...(retryAfter === undefined ? {} : { "retry-after": String(Math.max(0, Math.ceil(retryAfter / 1000))) }),
    },
    body: JSON.stringify({ error: fields }),
  };
}
