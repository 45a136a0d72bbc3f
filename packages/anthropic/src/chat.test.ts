import { inspect } from "node:util";
import { collect, type StageError } from "@iftk/core";
import { reply } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { anthropicEvents, anthropicMessage, fakeAnthropic, fakeProvider, faults, sse, type AnthropicSays } from "@iftk/testing/providers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { anthropic } from "./index.js";

const model = "claude-opus-5-5";
const key = "sk-ant-api03-0123456789abcdef";
const says: AnthropicSays = {
  content: [
    { type: "thinking", thinking: "What lives in the sea?", signature: "c2ln" },
    { type: "text", text: "Whales 🐋, cods and crabs.", citations: null },
    { type: "tool_use", id: "toolu_1", name: "count", input: { kind: "cod", deep: true } },
  ],
};
const body = sse(anthropicEvents(anthropicMessage(says, model, "msg_0"))).join("");
const input = { messages: [{ role: "user" as const, content: "What lives in the sea?" }] };
const start = () => fakeAnthropic({ reply: () => says, key });

engineLaws({
  name: "chat of anthropic",
  fake: start,
  route: "POST /v1/messages",
  stage: (baseUrl) => anthropic({ apiKey: key, baseUrl }).chat({ model }),
  input,
  key,
  wholeBody: body,
  isStreamed: true,
});

const fake = await start();
const silent = await fakeProvider({ "POST /v1/messages": () => ({ body: [], end: "hang" }) });
const cut = await fakeProvider({ "POST /v1/messages": () => ({ body: [body.slice(0, -60)] }) });
afterAll(() => Promise.all([fake, silent, cut].map((one) => one.close())));
beforeEach(() => fake.clear());

const chat = (options = {}) => anthropic({ apiKey: key, baseUrl: fake.url, ...options }).chat({ model });

describe("chat", () => {
  stageLaws("chat of anthropic", { stage: () => chat(), input: [input], hanging: () => chat({ baseUrl: silent.url }), cut: { stage: () => chat({ baseUrl: cut.url }) } });

  test("is sent once, with the key and without what the vendor's client would add by itself", async () => {
    await collect(chat({ headers: { "anthropic-beta": "new-2026-12-01" } })(input));
    const [request] = fake.requests;
    expect([fake.requests.length, request?.path, ...["authorization", "anthropic-version", "anthropic-beta"].map((name) => request?.headers.get(name)), request?.json()]).toEqual([
      1, "/v1/messages", `Bearer ${key}`, "2026-10-21", "new-2026-12-01",
      { model, max_tokens: 128_000, messages: [{ role: "user", content: [{ type: "text", text: "What lives in the sea?" }] }], stream: true },
    ]);
  });

  test("asks in the older version of the API where that alone takes the request", async () => {
    await collect(anthropic({ apiKey: key, baseUrl: fake.url }).chat({ model: "claude-sonnet-4-5", temperature: 0.5 })(input));
    expect([fake.requests[0]?.headers.get("anthropic-version"), fake.requests[0]?.json()]).toMatchObject(["2023-06-01", { temperature: 0.5 }]);
  });

  test("warns first of what is not honoured", async () => {
    expect((await collect(anthropic({ apiKey: key, baseUrl: fake.url }).chat({ model, seed: 7, temperature: 0.5 })(input))).slice(0, 2)).toEqual([
      { type: "warning", message: "anthropic: seed: this provider has none; it is left out" },
      { type: "warning", message: "anthropic: temperature: this model takes none; left out" },
    ]);
  });

  test("fails without the keys that its own headers carry", async () => {
    fake.fault(faults.echoKey(403));
    const failed: unknown = await collect(chat({ headers: { "x-gateway-token": "gw-42-beta" } })(input)).catch((error: unknown) => error);
    expect([fake.requests[0]?.headers.get("x-gateway-token"), inspect(failed, { depth: 8 })]).toEqual(["gw-42-beta", expect.not.stringContaining("gw-42-beta")]);
  });

  test("without a key says where one is looked for", async () => {
    await expect(collect(anthropic({ keys: { anthropic: " " }, baseUrl: fake.url }).chat({ model })(input))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("ANTHROPIC_API_KEY") as string });
  });

  test("refuses a request that is wrong before anything is sent", async () => {
    await expect(collect(chat()({ messages: [], colour: "red" } as never))).rejects.toMatchObject({ code: "invalid_argument" });
    expect(fake.requests).toEqual([]);
  });

  const refusals: readonly [name: string, status: number, body: object, expected: Partial<StageError>][] = [
    ["a prompt that is too long", 400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), { code: "invalid_argument", reason: "context-length" }],
    ["no money", 400, error("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), { code: "failed_precondition", reason: "quota" }],
    ["a limit on spending", 429, error("rate_limit_error", "Spend limit reached.", { details: { error_code: "enforced_spend_limit_reached" } }), { code: "failed_precondition", reason: "quota" }],
    ["too many requests", 429, error("rate_limit_error", "Slow down."), { code: "resource_exhausted", reason: "rate-limit", retryAfter: 2000 }],
    ["too many users", 529, error("overloaded_error", "Overloaded"), { code: "unavailable", reason: "overloaded" }],
    ["an error in spite of 200", 200, error("overloaded_error", "Overloaded"), { code: "unavailable", reason: "overloaded", message: "anthropic: Overloaded" }],
    ["another document", 200, { id: "chatcmpl-1" }, { code: "unavailable", reason: "malformed" }],
  ];
  test.each(refusals)("fails well for %s", async (_name, status, answer, expected) => {
    fake.fault(faults.status(status, { headers: { "retry-after": "2" }, body: answer }));
    await expect(reply(chat()(input))).rejects.toMatchObject(expected);
    expect(fake.requests).toHaveLength(1);
  });
});

function error(type: string, message: string, more: object = {}): object {
  return { type: "error", error: { type, message, ...more }, request_id: "req_1" };
}
