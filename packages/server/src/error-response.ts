/** Errors that are known before a stream begins, as JSON with their HTTP status. */
import { StageError } from "@iftk/core";
import { httpStatus, toErrorFields } from "@iftk/wire";

export interface ErrorResponseInit {
  /** The status; without it the one that belongs to the error's code. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of a JSON body that nobody stores. */
export const jsonHeaders = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** The body `{"error": {...}}` under the status of the error's code, with `retry-after` where the error says when. */
export function errorResponse(error: unknown, init: ErrorResponseInit = {}): Response {
  const fields = toErrorFields(error);
  const { retryAfter } = fields;
  return new Response(JSON.stringify({ error: fields }), {
    status: init.status ?? httpStatus(StageError.from(error)),
    headers: {
      ...jsonHeaders,
      ...init.headers,
      ...(retryAfter === undefined ? {} : { "retry-after": String(Math.max(0, Math.ceil(retryAfter / 1000))) }),
    },
  });
}
