import { describe, expect, it } from "vitest";
import { retryAfterOf } from "./retry-after.js";

const now = Date.parse("2025-03-01T12:00:00Z");

describe("retryAfterOf", () => {
  it.each([
    ["nothing", {}, undefined],
    ["seconds", { "retry-after": "2" }, 2000],
    ["seconds with spaces", { "retry-after": " 2 " }, 2000],
    ["a fraction", { "retry-after": "0.25" }, 250],
    ["a header in another case", { "Retry-After": "1" }, 1000],
    ["an HTTP date", { "retry-after": "Sat, 01 Mar 2025 12:00:30 GMT" }, 30_000],
    ["an HTTP date as of RFC 850", { "retry-after": "Saturday, 01-Mar-25 12:00:30 GMT" }, 30_000],
    ["a date that is past", { "retry-after": "Sat, 01 Mar 2025 11:59:00 GMT" }, 0],
    ["milliseconds, which are finer", { "retry-after-ms": "150.2", "retry-after": "1" }, 151],
    ["seconds where the milliseconds make no sense", { "retry-after-ms": "soon", "retry-after": "1" }, 1000],
    ["a negative number", { "retry-after": "-5" }, 0],
    ["a huge number", { "retry-after": "9".repeat(400) }, Number.MAX_SAFE_INTEGER],
    ["words", { "retry-after": "later" }, undefined],
    ["words that a lenient parser takes for a date", { "retry-after": "model 7" }, undefined],
    ["nothing in it", { "retry-after": "" }, undefined],
    ["a hexadecimal number", { "retry-after": "0x10" }, undefined],
    ["a number with an exponent", { "retry-after": "1e3" }, undefined],
    ["infinity", { "retry-after": "Infinity" }, undefined],
    ["an impossible date", { "retry-after": "Sat, 99 Mar 2025 12:00:30 GMT" }, undefined],
    ["seconds of OpenAI", { "x-ratelimit-reset-requests": "1s" }, 1000],
    ["minutes and seconds of OpenAI", { "x-ratelimit-reset-requests": "6m0s" }, 360_000],
    ["milliseconds of OpenAI", { "x-ratelimit-reset-tokens": "20ms" }, 20],
    ["hours and parts of seconds of OpenAI", { "x-ratelimit-reset-tokens": "1h2m3.5s" }, 3_723_500],
    ["the limit of OpenAI that is spent", { "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
    ["the first limit where none is spent", { "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s" }, 1000],
    ["a time of Anthropic", { "anthropic-ratelimit-requests-reset": "2025-03-01T12:00:10Z" }, 10_000],
    ["a time of Anthropic with an offset", { "anthropic-ratelimit-tokens-reset": "2025-03-01T13:00:10+01:00" }, 10_000],
    ["the last of two limits of Anthropic that are spent", { "anthropic-ratelimit-input-tokens-remaining": "0", "anthropic-ratelimit-input-tokens-reset": "2025-03-01T12:00:10Z", "anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": "2025-03-01T12:00:20Z" }, 20_000],
    ["a second of the epoch", { "x-ratelimit-reset": String(now / 1000 + 7) }, 7000],
    ["a millisecond of the epoch", { "x-ratelimit-reset": String(now + 7) }, 7],
    ["seconds of a limit", { "x-ratelimit-reset": "7" }, 7000],
    ["what is asked for before what is told of limits", { "retry-after": "3", "x-ratelimit-reset-requests": "1s" }, 3000],
    ["a duration without a unit it knows", { "x-ratelimit-reset-requests": "5w" }, undefined],
    ["a duration too long to be one", { "x-ratelimit-reset-requests": "1s".repeat(5000) }, undefined],
  ])("reads %s", (_name, headers, wait) => {
    expect([retryAfterOf(headers, now), retryAfterOf(new Headers(headers as Record<string, string>), now)]).toEqual([wait, wait]);
  });

  it("reads several values of one header as one that makes no sense", () => {
    expect(retryAfterOf({ "retry-after": ["1", "2"] }, now)).toBeUndefined();
  });
});
