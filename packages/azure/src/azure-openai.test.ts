import { collect } from "@iftk/core";
import { reply as whole, type ChatOptions, type ChatRequest } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { azureReplies, fakeAzureOpenai, faults, sse, type FakeOpenaiReply } from "@iftk/testing/providers";
import { AzureOpenAI } from "openai";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { azureOpenai, type AzureOpenaiOptions } from "./azure-openai.js";

const key = "azure-openai-fake-key";
const said: FakeOpenaiReply = { text: ["Hello", ", ", "wörld", " 😀"], toolCalls: [{ name: "look", arguments: '{"at":"ü"}' }] };
const start = () => fakeAzureOpenai({ key, reply: said });
const fake = await start();
beforeEach(() => fake.clear());
afterEach(() => vi.unstubAllEnvs());
afterAll(() => fake.close());

const apiVersion = "2025-04-01-preview";
const request: ChatRequest = { messages: [{ role: "user", content: "Say something." }], tools: [{ name: "look", parameters: { type: "object" } }] };
const stage = (chat: Partial<ChatOptions> = {}, options: AzureOpenaiOptions = {}, endpoint = fake.url) => azureOpenai({ endpoint, apiKey: key, ...options }).chat({ model: "gpt-x", ...chat });
const sent = () => fake.requests.map(({ path, query, headers }) => ({ path, version: query.get("api-version"), key: headers.get("api-key"), authorization: headers.get("authorization") }));

describe("a resource of Azure OpenAI", () => {
  test("is asked by version 1 of its API, as OpenAI itself", async () => {
    const { text, toolCalls } = await whole(stage()({ ...request, maxTokens: 20 }));
    expect([text, toolCalls]).toMatchObject(["Hello, wörld 😀", [{ name: "look", arguments: { at: "ü" } }]]);
    expect(sent()).toEqual([{ path: "/openai/v1/chat/completions", version: "v1", key, authorization: null }]);
    expect(fake.requests[0]?.json()).toMatchObject({ model: "gpt-x", max_completion_tokens: 20 });
    await collect(stage({ api: "responses" })(request));
    expect(sent()[1]?.path).toBe("/openai/v1/responses");
  });

  test("is asked by deployment in a dated version", async () => {
    await collect(stage({}, { apiVersion, deployments: { "gpt-x": "my deployment" } })(request));
    expect(sent()).toEqual([{ path: "/openai/deployments/my%20deployment/chat/completions", version: apiVersion, key, authorization: null }]);
  });

  test("names deployments in the place of models", async () => {
    await collect(stage({}, { deployments: { "gpt-x": "mine" } })(request));
    await collect(stage({ model: "constructor" }, { deployments: { "gpt-x": "mine" } })(request));
    expect(fake.requests.map((each) => (each.json() as { readonly model: string }).model)).toEqual(["mine", "constructor"]);
  });

  test("gives what the SDK makes of the same bytes", async () => {
    const { text, toolCalls, finish } = await whole(stage({}, { apiVersion })(request));
    const sdk = new AzureOpenAI({ endpoint: fake.url, apiKey: key, apiVersion });
    const theirs = await sdk.chat.completions.stream(fake.requests[0]?.json() as Parameters<typeof sdk.chat.completions.stream>[0]).finalChatCompletion();
    const [choice] = theirs.choices;
    expect({ text, calls: toolCalls.map(({ name, arguments: given }) => [name, given]), raw: finish.reason.raw, tokens: finish.usage.outputTokens }).toEqual({
      text: choice?.message.content,
      calls: choice?.message.tool_calls?.flatMap((call) => ("function" in call ? [[call.function.name, JSON.parse(call.function.arguments) as unknown]] : [])),
      raw: choice?.finish_reason,
      tokens: theirs.usage?.completion_tokens,
    });
  });
});

describe("the key", () => {
  test.each<[string, AzureOpenaiOptions]>([
    ["is that of the keys", { apiKey: undefined, keys: { azureOpenai: key } }],
    ["is that of the keys, by the name of the provider", { apiKey: undefined, keys: { "azure-openai": key } }],
    ["is that of the environment", { apiKey: undefined }],
  ])("%s", async (_, options) => {
    vi.stubEnv("AZURE_OPENAI_API_KEY", key);
    await collect(stage({}, options)(request));
    expect(sent()[0]?.key).toBe(key);
  });

  test("is looked for when a call begins", async () => {
    vi.stubEnv("AZURE_OPENAI_API_KEY", "");
    const late = stage({}, { apiKey: undefined });
    await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("AZURE_OPENAI_API_KEY") });
    vi.stubEnv("AZURE_OPENAI_API_KEY", key);
    await collect(late(request));
    expect(sent()).toHaveLength(1);
  });

  test("that a header of one's own carries is in no error", async () => {
    fake.fault(faults.echoKey());
    const echoed: unknown = await collect(stage({}, { headers: { "x-gateway-token": "gw-42-beta" } })(request)).catch((error: unknown) => error);
    expect([fake.requests[0]?.headers.get("x-gateway-token"), String(echoed)]).toEqual(["gw-42-beta", expect.not.stringContaining("gw-42-beta")]);
  });

  test("may be a token of Entra, asked for with each request", async () => {
    vi.stubEnv("AZURE_OPENAI_API_KEY", "");
    let turn = 0;
    const token = () => Promise.resolve(`entra-${++turn}-0123456789`);
    fake.fault(faults.status(401), faults.echoKey());
    const late = stage({}, { apiKey: undefined, token });
    await expect(collect(late(request))).rejects.toMatchObject({ code: "unauthenticated" });
    const echoed: unknown = await collect(late(request)).catch((error: unknown) => error);
    expect([sent().map(({ authorization }) => authorization), String(echoed).includes("entra-2")]).toEqual([["Bearer entra-1-0123456789", "Bearer entra-2-0123456789"], false]);
  });
});

test("an endpoint is given, named, or that of the environment", async () => {
  vi.stubEnv("AZURE_OPENAI_ENDPOINT", "");
  expect(() => azureOpenai()).toThrow(expect.objectContaining({ code: "failed_precondition", reason: "endpoint" }));
  expect(() => azureOpenai({ endpoint: "mine" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  const asked: string[] = [];
  const fetching: typeof fetch = (url) => {
    asked.push(new URL(url instanceof Request ? url.url : url).host);
    return Promise.reject(new TypeError("fetch failed"));
  };
  await collect(azureOpenai({ resource: "mine", apiKey: key, fetch: fetching }).chat({ model: "m" })(request)).catch(() => {});
  expect(asked).toEqual(["mine.openai.azure.com"]);
  vi.stubEnv("AZURE_OPENAI_ENDPOINT", `${fake.url}/`);
  expect((await whole(azureOpenai({ apiKey: key }).chat({ model: "m" })(request))).text).toBe("Hello, wörld 😀");
});

describe("Azure's content filter", () => {
  test("refuses a prompt", async () => {
    const filtered = { messages: [{ role: "user" as const, content: "forbidden" }] };
    await expect(collect(stage()(filtered))).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter", message: expect.stringContaining("content management policy") });
  });

  test("ends a reply", async () => {
    const chunk = (choice: object): object => ({ id: "c1", model: "m1", choices: [{ index: 0, ...choice }] });
    const chunks = [
      azureReplies.promptResults,
      chunk({ delta: { content: "Hi" }, finish_reason: null, content_filter_results: azureReplies.filterResults }),
      chunk({ content_filter_offsets: { check_offset: 2, start_offset: 0, end_offset: 2 }, content_filter_results: azureReplies.filterResults, finish_reason: null }),
      chunk({ delta: {}, finish_reason: "content_filter", content_filter_results: { violence: { filtered: true, severity: "medium" } } }),
      "[DONE]",
    ];
    fake.fault(faults.status(200, { headers: { "content-type": "text/event-stream" }, body: sse(chunks.map((data) => ({ data }))).join("") }));
    expect(await collect(stage()(request))).toEqual([
      { type: "text-delta", text: "Hi" },
      { type: "finish", reason: { unified: "content-filter", raw: "content_filter" }, usage: expect.objectContaining({ estimated: true }), response: { id: "c1", model: "m1" } },
    ]);
  });
});

stageLaws("chat by Azure OpenAI", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, soon: 50, patience: 5000 });

const body = await (async () => {
  let text = Promise.resolve("");
  const keeping: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    text = response.clone().text();
    return response;
  };
  await collect(stage({}, { fetch: keeping })(request));
  return text;
})();
const laws = { fake: start, input: request, key, isStreamed: true, wholeBody: body };
engineLaws({ ...laws, name: "chat by version 1 of Azure OpenAI", route: "POST /openai/v1/chat/completions", stage: (url) => stage({}, {}, url) });
engineLaws({ ...laws, name: "chat by a dated version of Azure OpenAI", route: "POST /openai/deployments/:deployment/chat/completions", stage: (url) => stage({}, { apiVersion }, url) });
