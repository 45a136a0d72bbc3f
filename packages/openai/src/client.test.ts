import { collect } from "@iftk/core";
import { fakeOpenai, faults } from "@iftk/testing/providers";
import { AzureOpenAI, OpenAI } from "openai";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect } from "./client.js";
import { openai } from "./engine.js";
import { ask, atOpenai, hello } from "./fixtures/asked.js";

afterEach(() => vi.unstubAllEnvs());

describe("the key", () => {
  test.each<[string, object, string]>([
    ["is the one that is given", { apiKey: "sk-given", keys: { openai: "sk-keys" } }, "sk-given"],
    ["or that of the keys", { apiKey: undefined, keys: { openai: "sk-keys" } }, "sk-keys"],
    ["or that of the environment", { apiKey: undefined }, "sk-environment"],
    ["by the name of the provider", { apiKey: undefined, provider: "groq-cloud" }, "gsk-environment"],
  ])("%s", async (_, options, key) => {
    vi.stubEnv("OPENAI_API_KEY", "sk-environment");
    vi.stubEnv("GROQ_CLOUD_API_KEY", "gsk-environment");
    expect((await ask({}, options)).headers.get("authorization")).toBe(`Bearer ${key}`);
  });

  test("is asked for when a call begins, and not before", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    await using fake = await fakeOpenai();
    const stage = atOpenai(fake, { apiKey: undefined }).chat({ model: "gpt-x" });
    await expect(collect(stage(hello))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("OPENAI_API_KEY") as string });
    vi.stubEnv("OPENAI_API_KEY", "sk-late");
    await collect(stage(hello));
    expect(fake.requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer sk-late"]);
  });

  test("may be left out for a server of one's own, which is then sent none", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    vi.stubEnv("OPENAI_ADMIN_KEY", "sk-admin");
    vi.stubEnv("OPENAI_ORG_ID", "org-1");
    const { headers } = await ask({}, { fake: { isCompatible: true } });
    expect([headers.has("authorization"), headers.has("openai-organization")]).toEqual([false, false]);
  });
});

describe("the address", () => {
  test("is that of the environment where none is given", async () => {
    await using fake = await fakeOpenai({ isCompatible: true });
    vi.stubEnv("OPENAI_BASE_URL", `${fake.url}/v1`);
    await collect(openai({ apiKey: "sk-any" }).chat({ model: "m" })(hello));
    expect(fake.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
  });

  test.each([
    ["https://api.openai.com/v1", true, "responses"],
    ["https://eu.api.openai.com/v1", true, "responses"],
    ["https://mine.openai.azure.com/openai/v1", true, "chat-completions"],
    ["https://mine.services.ai.azure.com/openai/v1", true, "chat-completions"],
    ["https://api.openai.com.evil.example/v1", false, "chat-completions"],
    ["http://localhost:8080/v1", false, "chat-completions"],
  ])("%s has OpenAI's own models: %s, and a chat goes by %s", (baseUrl, isOwn, chatApi) => {
    expect(connect({ baseUrl })).toMatchObject({ isOwn, chatApi });
  });

  test("that is none is refused", () => {
    expect(() => openai({ baseUrl: "localhost" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

test("headers, organization and project are sent", async () => {
  const { headers } = await ask({}, { headers: { "x-team": "a" }, organization: "org-1", project: "proj_1" });
  expect(["x-team", "openai-organization", "openai-project"].map((name) => headers.get(name))).toEqual(["a", "org-1", "proj_1"]);
});

test("a dispatcher is handed to fetch", async () => {
  const dispatcher = {};
  const seen: unknown[] = [];
  const fetching: typeof fetch = (_, init) => {
    seen.push((init as { dispatcher?: unknown } | undefined)?.dispatcher);
    return Promise.reject(new TypeError("fetch failed"));
  };
  await expect(collect(openai({ apiKey: "sk-any", fetch: fetching, dispatcher }).chat({ model: "m" })(hello))).rejects.toMatchObject({ code: "unavailable", reason: "connection" });
  expect(seen).toEqual([dispatcher]);
});

describe("a client of one's own", () => {
  test("is used, and its retries are not", async () => {
    await using fake = await fakeOpenai({ isCompatible: true });
    fake.fault(faults.status(500));
    const client = new OpenAI({ apiKey: "sk-mine", baseURL: `${fake.url}/v1`, maxRetries: 5 });
    await expect(collect(openai({ client }).chat({ model: "m" })(hello))).rejects.toMatchObject({ code: "unavailable" });
    expect(fake.requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer sk-mine"]);
  });

  test("may be one for Azure, which knows its deployments", async () => {
    await using fake = await fakeOpenai({ routes: { "POST /openai/deployments/gpt-x/chat/completions": () => ({ body: ['data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'] }) } });
    const client = new AzureOpenAI({ apiKey: "azure-key", endpoint: fake.url, apiVersion: "2025-04-01-preview" });
    const parts = await collect(openai({ provider: "azure", client }).chat({ model: "gpt-x", maxTokens: 9 })(hello));
    expect([parts[0], fake.requests[0]?.headers.get("api-key")]).toEqual([{ type: "text-delta", text: "Hi" }, "azure-key"]);
    expect(fake.requests[0]?.json()).toMatchObject({ max_completion_tokens: 9 });
  });
});

describe("what is refused before anything is sent", () => {
  test.each<[string, object, object, string]>([
    ["an option that there is not", { tempreature: 1 }, {}, 'options: unknown field "tempreature"'],
    ["an API that there is not", { api: "realtime" }, {}, 'api: expected one of "chat-completions", "responses", "completions"'],
    ["a value out of bounds", {}, { temperature: 3 }, "temperature: "],
    ["no messages", {}, { messages: [] }, "messages: "],
  ])("%s", async (_, options, request, message) => {
    const call = async () => collect(openai({ apiKey: "sk-any", fetch: () => Promise.reject(new Error("sent")) }).chat({ model: "m", ...options })({ ...hello, ...request }));
    await expect(call()).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining(message) as string });
  });
});

test("defaults hold where the request does not say otherwise, and raw fields hold over all", async () => {
  await using fake = await fakeOpenai();
  const stage = atOpenai(fake).chat({ model: "gpt-x", temperature: 0.1, topP: 0.5, maxTokens: 20, raw: { max_output_tokens: 40 } });
  await collect(stage({ ...hello, temperature: 0.7, topP: undefined }));
  expect(fake.requests[0]?.json()).toMatchObject({ temperature: 0.7, top_p: 0.5, max_output_tokens: 40 });
});
