import { describe, expect, it } from "vitest";
import { providerError } from "./provider-error.js";

const seen = ({ code, reason, message, retryAfter, retryable }: ReturnType<typeof providerError>) => ({ code, reason, message, retryAfter, retryable });
const told = (status: number | undefined, body: unknown, headers?: Record<string, string>) => seen(providerError({ provider: "p", status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }));

describe("providerError", () => {
  it.each([
    [301, "failed_precondition", "redirect"],
    [400, "invalid_argument", undefined],
    [401, "unauthenticated", undefined],
    [402, "failed_precondition", "quota"],
    [403, "permission_denied", undefined],
    [404, "not_found", undefined],
    [405, "invalid_argument", undefined],
    [408, "deadline_exceeded", "timeout"],
    [409, "unavailable", undefined],
    [410, "not_found", undefined],
    [413, "invalid_argument", "too-large"],
    [422, "invalid_argument", undefined],
    [425, "unavailable", undefined],
    [429, "resource_exhausted", "rate-limit"],
    [500, "unavailable", undefined],
    [501, "unimplemented", undefined],
    [502, "unavailable", undefined],
    [503, "unavailable", "overloaded"],
    [504, "deadline_exceeded", "timeout"],
    [522, "unavailable", undefined],
    [529, "unavailable", "overloaded"],
  ])("makes of %i the code %s with reason %s", (status, code, reason) => {
    expect(told(status, { error: { message: "why" } })).toMatchObject({ code, reason, message: `p: ${status}: why` });
  });

  const openai = (message: string, type: string, code: string | null = null) => ({ error: { message, type, param: null, code } });
  const anthropic = (type: string, message: string) => ({ type: "error", error: { type, message }, request_id: "req_1" });
  it.each([
    ["a context of OpenAI that is too long", 400, openai("This model's maximum context length is 8192 tokens.", "invalid_request_error", "context_length_exceeded"), "invalid_argument", "context-length"],
    ["a quota of OpenAI that is spent", 429, openai("You exceeded your current quota, please check your plan.", "insufficient_quota", "insufficient_quota"), "failed_precondition", "quota"],
    ["a rate limit of OpenAI", 429, openai("Rate limit reached for m on tokens per min", "tokens", "rate_limit_exceeded"), "resource_exhausted", "rate-limit"],
    ["a prompt for an image that OpenAI refuses", 400, openai("Your request was rejected as a result of our safety system.", "image_generation_user_error", "moderation_blocked"), "invalid_argument", "content-filter"],
    ["a bill of OpenAI", 400, openai("Billing hard limit has been reached.", "billing_limit_user_error", "billing_hard_limit_reached"), "failed_precondition", "quota"],
    ["a prompt of Anthropic that is too long", 400, anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), "invalid_argument", "context-length"],
    ["an input and output of Anthropic that are too long together", 400, anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000"), "invalid_argument", "context-length"],
    ["a balance of Anthropic that is too low", 400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), "failed_precondition", "quota"],
    ["a limit on spending of Anthropic", 429, { type: "error", error: { type: "rate_limit_error", message: "spent", details: { error_code: "enforced_spend_limit_reached" } } }, "failed_precondition", "quota"],
    ["output that Anthropic filters", 400, anthropic("invalid_request_error", "Output blocked by content filtering policy"), "invalid_argument", "content-filter"],
    ["a field of Anthropic that is wrong", 400, anthropic("invalid_request_error", "max_tokens: Field required"), "invalid_argument", undefined],
    ["Anthropic when it is overloaded", 529, anthropic("overloaded_error", "Overloaded"), "unavailable", "overloaded"],
    ["an input of Hugging Face that is too long", 422, { error: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000", error_type: "validation" }, "invalid_argument", "context-length"],
    ["credits of Hugging Face that are spent", 402, { error: "You have exceeded your monthly included credits for Inference Providers." }, "failed_precondition", "quota"],
    ["a prompt that Azure filters", 400, { error: { message: "The response was filtered", type: null, param: "prompt", code: "content_filter", status: 400, innererror: { code: "ResponsibleAIPolicyViolation" } } }, "invalid_argument", "content-filter"],
    ["an image that Azure cannot read", 400, { error: { code: "InvalidRequest", message: "Image format is not valid.", innererror: { code: "InvalidImageFormat", message: "Image format is not valid." } } }, "invalid_argument", undefined],
    ["a prompt that Stability moderates", 403, { id: "a", name: "content_moderation", errors: ["Your request was flagged by our content moderation system."] }, "invalid_argument", "content-filter"],
    ["a balance of Stability that is too low", 402, { id: "a", name: "payment_required", errors: ["You lack sufficient credits."] }, "failed_precondition", "quota"],
    ["a key of Stability without permission", 403, { id: "a", name: "forbidden", errors: ["no permission"] }, "permission_denied", undefined],
    ["credits of Replicate that are spent", 402, { title: "Insufficient credit", detail: "You have insufficient credit to run this model.", status: 402 }, "failed_precondition", "quota"],
  ])("tells %s", (_name, status, body, code, reason) => {
    expect(told(status, body)).toMatchObject({ code, reason });
  });

  it.each([
    ["Replicate", 422, { title: "Input validation failed", detail: "- input: prompt is required", status: 422 }, "p: 422: - input: prompt is required"],
    ["FastAPI", 422, { detail: [{ loc: ["body", "prompt"], msg: "field required", type: "value_error.missing" }] }, "p: 422: body.prompt: field required"],
    ["Runway", 400, { error: "Validation of body failed", issues: [{ code: "invalid_type", path: ["promptImage"], message: "Required" }], docUrl: "https://docs" }, "p: 400: Validation of body failed: promptImage: Required"],
    ["Stability", 400, { id: "a", name: "bad_request", errors: ["prompt: cannot be blank", "seed: too big"] }, "p: 400: prompt: cannot be blank; seed: too big"],
    ["Stability v1", 404, { id: "a", name: "not_found", message: "The specified engine was not found" }, "p: 404: The specified engine was not found"],
    ["Hugging Face", 400, { error: ["one", "two"] }, "p: 400: one; two"],
    ["Google", 400, [{ error: { code: 400, message: "API key not valid", status: "INVALID_ARGUMENT" } }], "p: 400: API key not valid"],
    ["plain text", 502, "upstream\n  connect\u0000 error", "p: 502: upstream connect error"],
    ["a page", 502, "<!DOCTYPE html><html><body>cloud</body></html>", "p: 502: answered with a page of HTML or XML"],
    ["nothing", 503, "", "p: 503: Service Unavailable"],
    ["a JSON text", 400, '"no"', "p: 400: no"],
    ["JSON that says nothing", 418, "{}", "p: 418: I'm a Teapot"],
    ["JSON null", 400, "null", "p: 400: Bad Request"],
  ])("reads the words of %s", (_name, status, body, message) => {
    expect(told(status, body).message).toBe(message);
  });

  it("keeps 300 characters at most, and no half of one", () => {
    const { message } = told(400, { error: { message: `${"x".repeat(298)}🙂🙂` } });
    expect([message.length <= 310, message.isWellFormed(), message.endsWith("…")]).toEqual([true, true, true]);
  });

  it("redacts before it shortens, so that no part of a key is left", () => {
    const secret = "opaque-0123456789abcdef";
    const error = providerError({ provider: "p", status: 401, body: JSON.stringify({ error: { message: `${"x ".repeat(145)}${secret}` } }), secrets: [secret] });
    expect(error.message).not.toMatch(/opaque/);
  });

  it("reads JSON that nests without end", () => {
    let body: unknown = { message: "deep" };
    for (let level = 0; level < 2000; level++) body = { error: body };
    expect(told(400, body)).toMatchObject({ code: "invalid_argument", message: "p: 400: Bad Request" });
  });

  it.each(["message", "errors", "detail"])("reads a list without end under %s", (key) => {
    for (const list of ["[".repeat(20_000) + "]".repeat(20_000), `[{"message":"why","path":${"[".repeat(20_000)}${"]".repeat(20_000)}}]`]) expect(told(400, `{"${key}":${list}}`)).toMatchObject({ code: "invalid_argument" });
  });

  it.each([
    [429, { "x-ratelimit-reset-requests": "2s" }, 2000],
    [429, { "retry-after": "1" }, 1000],
    [503, { "retry-after": "1" }, 1000],
    [503, { "x-ratelimit-reset-requests": "2s" }, undefined],
    [400, { "retry-after": "1" }, undefined],
    [402, { "retry-after": "1" }, undefined],
  ])("takes the time to wait of %i with %o", (status, headers, retryAfter) => {
    expect(told(status, "", headers).retryAfter).toBe(retryAfter);
  });

  it("takes the time that a model of Hugging Face takes to load", () => {
    expect(told(503, { error: "Model m is currently loading", estimated_time: 20.5 })).toMatchObject({ reason: "overloaded", retryAfter: 20_500 });
  });

  it.each([
    [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, { code: "unavailable", reason: "overloaded", message: "p: Overloaded" }],
    [{ type: "error", error: { type: "rate_limit_error", message: "slow" } }, { code: "resource_exhausted", reason: "rate-limit", message: "p: slow" }],
    [{ type: "error", error: { type: "api_error", message: "Internal server error" } }, { code: "unavailable", reason: undefined, message: "p: Internal server error" }],
    [{ error: { message: "The server had an error", type: "server_error", param: null, code: null } }, { code: "unavailable", message: "p: The server had an error" }],
    [{ error: { message: "quota", type: "insufficient_quota", code: "insufficient_quota" } }, { code: "failed_precondition", reason: "quota" }],
    [{ error: { message: "bad", code: "404" } }, { code: "not_found" }],
    [{ error: { code: "context_length_exceeded", message: "too long" } }, { code: "invalid_argument", reason: "context-length" }],
    [{ error: "Input validation error: `temperature` must be strictly positive", error_type: "validation" }, { code: "invalid_argument" }],
    [{ error: "Model is overloaded", error_type: "overloaded" }, { code: "unavailable", reason: "overloaded" }],
    [{ error: "the model crashed" }, { code: "unavailable", message: "p: the model crashed" }],
  ])("tells the kind of %o, which came within a reply", (body, fields) => {
    expect(told(undefined, body)).toMatchObject(fields);
    expect(told(200, body)).toMatchObject(fields);
  });
});
