import { inspect } from "node:util";
import { StageError } from "@iftk/core";
import { describe, expect, it } from "vitest";
import { providerFailure } from "./provider-failure.js";

const secret = "opaque-0123456789abcdef";

/** An error as SDKs throw them. */
function thrown(name: string, fields: object, message = "what happened"): Error {
  return Object.assign(new ({ [name]: class extends Error {} }[name] as typeof Error)(message), fields);
}

const fetchFailed = (code: string): TypeError => new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) });
const request = new Request("https://host/v1", { headers: { authorization: `Bearer ${secret}` } });

describe("providerFailure", () => {
  it.each([
    ["openai: a status", thrown("RateLimitError", { status: 429, headers: new Headers({ "retry-after": "3" }), error: { message: "slow", type: "requests", code: "rate_limit_exceeded" } }), { code: "resource_exhausted", reason: "rate-limit", retryAfter: 3000, message: "p: 429: slow" }],
    ["openai: a status without a body", thrown("InternalServerError", { status: 500, headers: new Headers(), error: undefined }, "500 status code (no body)"), { code: "unavailable", message: "p: 500: 500 status code (no body)" }],
    ["anthropic: a status", thrown("BadRequestError", { status: 400, headers: new Headers(), error: { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 3 > 2" } } }), { code: "invalid_argument", reason: "context-length" }],
    ["huggingface: a status", thrown("Error", { name: "ProviderApiError", httpRequest: { headers: { Authorization: secret } }, httpResponse: { status: 401, body: { error: `Invalid ${secret}` }, requestId: "" } }), { code: "unauthenticated", message: "p: 401: Invalid [redacted]" }],
    ["replicate: a status", thrown("ApiError", { request, response: new Response("{}", { status: 422, headers: { "retry-after": "1" } }) }, `Request to https://api failed with status 422: {"detail":"prompt is required"}.`), { code: "invalid_argument" }],
    ["an SDK that could not connect", thrown("APIConnectionError", { status: undefined, headers: undefined, cause: fetchFailed("ECONNREFUSED") }, "Connection error."), { code: "unavailable", reason: "connection", message: "p: the connection failed: ECONNREFUSED" }],
    ["an SDK that waited too long", thrown("APIConnectionTimeoutError", { status: undefined }, "Request timed out."), { code: "deadline_exceeded", reason: "timeout" }],
    ["an SDK that was aborted by itself", thrown("APIUserAbortError", { status: undefined }, "Request was aborted."), { code: "canceled" }],
    ["fetch that could not connect", fetchFailed("ENOTFOUND"), { code: "unavailable", reason: "connection", message: "p: the connection failed: ENOTFOUND" }],
    ["fetch whose servers all refused", new TypeError("fetch failed", { cause: Object.assign(new AggregateError([Object.assign(new Error("a"), { code: "ECONNREFUSED" })]), {}) }), { code: "unavailable", reason: "connection" }],
    ["fetch whose body was cut", new TypeError("terminated", { cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }) }), { code: "unavailable", reason: "truncated" }],
    ["fetch that was silent", new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "UND_ERR_HEADERS_TIMEOUT" }) }), { code: "deadline_exceeded", reason: "timeout" }],
    ["a timeout of the platform", new DOMException("too slow", "TimeoutError"), { code: "deadline_exceeded", reason: "timeout" }],
    ["JSON that is none", new SyntaxError(`Unexpected token in JSON: ${secret}`), { code: "unavailable", reason: "malformed", message: "p: the reply is malformed" }],
    ["anything else", new Error(`what ${secret}`), { code: "unknown", message: "p: what [redacted]" }],
    ["a text", "broken", { code: "unknown", message: "p: broken" }],
    ["nothing", undefined, { code: "unknown", message: "p: the call failed" }],
  ])("tells of %s", (_name, error, fields) => {
    const failure = providerFailure("p", error, { secrets: [secret] });
    expect(failure).toBeInstanceOf(StageError);
    expect(failure).toMatchObject(fields);
  });

  it("leaves a StageError as it is, and gives the signal's reason after an abort", () => {
    const error = new StageError("not_found", "here");
    const reason = { why: "left" };
    const signal = AbortSignal.abort(reason);
    expect([providerFailure("p", error, { signal }), providerFailure("p", thrown("APIUserAbortError", {}), { signal })]).toEqual([error, reason]);
  });

  it("keeps no key in a cause, however it is printed", () => {
    const error = thrown("ApiError", { request, response: { status: 500 }, httpRequest: { headers: { Authorization: secret } }, cause: thrown("Inner", { request, config: { secret } }, `with ${secret}`) }, `key ${secret}`);
    expect(inspect(providerFailure("p", error, { secrets: [secret] }), { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it("is not held up by causes that go round", () => {
    const error = new Error("a");
    error.cause = error;
    expect(providerFailure("p", error)).toMatchObject({ code: "unknown" });
  });
});
