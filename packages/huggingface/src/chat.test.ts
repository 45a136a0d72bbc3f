import { InferenceClient } from "@huggingface/inference";
import { collect } from "@iftk/core";
import { reply, text, type ChatOptions, type ChatRequest, type Part } from "@iftk/inference";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, faults, huggingfaceReplies, huggingfaceRoutes } from "@iftk/testing/providers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { chat } from "./chat.js";
import { createClient } from "./client.js";

const token = "hf_fake";
const model = "meta-llama/Llama-3.3-70B-Instruct";
const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story." }] };
const story = "Once upon a time — café 🦊.";

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ChatOptions> = {}, baseUrl = fake.url) => chat(createClient({ apiKey: token, baseUrl }), { model, ...options });
const ask = (options: Partial<ChatOptions> = {}, more: Partial<ChatRequest> = {}): Promise<Part[]> => collect(stage(options)({ ...request, ...more }));
const sent = (): unknown => fake.requests[0]?.json();

describe("chat completions", () => {
  test("the text comes as it is sent, with usage and the provider's word for the end", async () => {
    const parts = await ask();
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))).toEqual(["Once", " upon", " a", " time", " — ", "café", " 🦊."]);
    expect(parts.at(-1)).toEqual({
      type: "finish",
      reason: { unified: "stop", raw: "stop" },
      usage: { inputTokens: 42, outputTokens: 7, cachedInputTokens: 32 },
      response: { id: "chatcmpl-9f2c71", model },
    });
    expect(sent()).toEqual({ model, messages: request.messages, stream: true, stream_options: { include_usage: true } });
  });

  test("the whole request is sent in the provider's words", async () => {
    await ask(
      { model: `${model}:together`, temperature: 0.5, raw: { seed: 8 } },
      {
        messages: [
          { role: "system", content: "Be short." },
          { role: "user", content: [{ type: "text", text: "What is it?" }, { type: "image", image: { data: new Uint8Array([1, 2, 3]), mediaType: "image/png" } }] },
          { role: "assistant", content: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Wait." }, { type: "tool-call", id: "c1", name: "look", arguments: { at: 1 } }] },
          { role: "tool", toolCallId: "c1", content: "a fox" },
        ],
        maxTokens: 10,
        topP: 0.9,
        seed: 7,
        stop: ["END"],
        tools: [{ name: "look", parameters: { type: "object" }, strict: true }],
        toolChoice: { name: "look" },
        parallelToolCalls: false,
        responseFormat: { type: "json", schema: { type: "object" }, name: "animal" },
        reasoning: { effort: "low" },
        logprobs: 2,
        choices: 2,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
      },
    );
    expect(sent()).toEqual({
      model: `${model}:together`,
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: [{ type: "text", text: "What is it?" }, { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } }] },
        { role: "assistant", content: "Wait.", tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } }] },
        { role: "tool", tool_call_id: "c1", content: "a fox" },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 10,
      temperature: 0.5,
      top_p: 0.9,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      seed: 8,
      stop: ["END"],
      tools: [{ type: "function", function: { name: "look", parameters: { type: "object" }, strict: true } }],
      tool_choice: { type: "function", function: { name: "look" } },
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "animal", schema: { type: "object" }, strict: false } },
      reasoning_effort: "low",
      logprobs: true,
      top_logprobs: 2,
      n: 2,
    });
  });

  test("calls of tools come in pieces, then whole", async () => {
    const parts = await ask({}, { tools: [{ name: "weather", parameters: { type: "object" } }] });
    expect(parts).toEqual([
      { type: "tool-call-start", id: "call_a1", name: "weather" },
      { type: "tool-call-delta", id: "call_a1", arguments: '{"city":' },
      { type: "tool-call-delta", id: "call_a1", arguments: ' "Zürich"}' },
      { type: "tool-call-start", id: "call_b2", name: "time" },
      { type: "tool-call-delta", id: "call_b2", arguments: "{}" },
      { type: "tool-call", id: "call_a1", name: "weather", arguments: { city: "Zürich" } },
      { type: "tool-call", id: "call_b2", name: "time", arguments: {} },
      expect.objectContaining({ type: "finish", reason: { unified: "tool-calls", raw: "tool_calls" } }),
    ]);
  });

  test("reasoning, log-probabilities and several choices are told", async () => {
    expect(await reply(stage()({ ...request, reasoning: { effort: "high" } }))).toMatchObject({ reasoning: "Let me see.", text: "Four." });
    const [first] = await ask({}, { logprobs: 1 });
    expect(first).toEqual({ type: "text-delta", text: "Once", logprobs: [{ token: "Once", logprob: 0, bytes: [79, 110, 99, 101], alternatives: [{ token: "Once", logprob: 0 }, { token: "The", logprob: -3.5 }] }] });
    expect((await ask({}, { choices: 2 })).slice(0, -1)).toEqual([
      { type: "text-delta", text: "Yes" },
      { type: "text-delta", text: "No", choice: 1 },
      { type: "choice-finish", choice: 0, reason: { unified: "stop", raw: "stop" } },
      { type: "choice-finish", choice: 1, reason: { unified: "length", raw: "length" } },
    ]);
  });

  test("a server that does not stream is read all the same", async () => {
    expect(await ask({ raw: { stream: false } })).toEqual([{ type: "text-delta", text: story }, expect.objectContaining({ type: "finish", usage: { inputTokens: 42, outputTokens: 7, cachedInputTokens: 32 } })]);
  });

  test("what only tunes is left out with a warning, and what is no request is refused", async () => {
    const [warning] = await ask({ topK: 5 });
    expect(warning).toEqual({ type: "warning", message: "huggingface: topK is left out: chat completions have no such field" });
    expect(() => stage({ api: "responses" })).toThrow(expect.objectContaining({ code: "unimplemented", message: expect.stringContaining('"chat-completions" and "text-generation"') }));
    await expect(ask({}, { temperature: 7 })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("temperature") });
  });

  test("an error within the stream is told after the text before it", async () => {
    const body = `${huggingfaceReplies.chat.text.slice(0, 900).replace(/[^\n]*$/, "")}data: {"error":{"message":"Service overloaded","type":"overloaded_error","code":503}}\n\n`;
    const seen: string[] = [];
    fake.faultOn(huggingfaceRoutes.chat, faults.status(200, { headers: { "content-type": "text/event-stream" }, body }));
    const read = async (): Promise<void> => {
      for await (const piece of text(stage()(request))) seen.push(piece);
    };
    await expect(read()).rejects.toMatchObject({ code: "unavailable", reason: "overloaded", message: "huggingface: Service overloaded" });
    expect(seen).toEqual(["Once", " upon"]);
  });

  test("an endpoint of one's own is reached by its URL, as it is or as the base of the API", async () => {
    const own = createClient({ endpointUrl: `${fake.url}/v1/`, apiKey: token });
    await collect(chat(own, { model: "own/model" })(request));
    expect(sent()).toMatchObject({ model: "own/model" });
  });

  test("a URL as the name of a model is not given the token, unless it is within Hugging Face", async () => {
    const elsewhere = createClient({ apiKey: token });
    await expect(collect(chat(elsewhere, { model: `${fake.url}/v1` })(request))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(fake.requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("without a token the call fails and says where it is looked for", async () => {
    await expect(collect(chat(createClient({ baseUrl: fake.url, keys: { openai: "x" } }), { model })(request))).rejects.toMatchObject({ code: "unauthenticated", reason: "key", message: expect.stringContaining("HF_TOKEN") });
    expect(fake.requests).toEqual([]);
  });
});

describe("the vendor's SDK makes the same of the same bytes", () => {
  const client = new InferenceClient(token);
  const throughFake = ((url: string, init) => fetch(url.replace("https://router.huggingface.co", fake.url), init)) as typeof fetch;

  test.each(["text", "tools", "logprobs", "json", "choices"] as const)("%s, streamed", async (kind) => {
    const more: Partial<ChatRequest> = { tools: { tools: [{ name: "weather", parameters: {} }] }, logprobs: { logprobs: 1 }, json: { responseFormat: { type: "json" } as const }, choices: { choices: 2 }, text: {} }[kind];
    const ours = await ask({}, more);
    const body = sent() as Record<string, unknown> & { model: string; messages: never };
    const theirs = { text: "", second: "", calls: {} as Record<number, string>, reason: "", tokens: [] as string[], usage: undefined as number | undefined };
    for await (const { choices, usage } of client.chatCompletionStream({ ...body, provider: "auto" }, { fetch: throughFake })) {
      theirs.usage = usage?.completion_tokens ?? theirs.usage;
      for (const { index, delta, finish_reason: reason, logprobs } of choices) {
        if (index === 0) theirs.text += delta.content ?? "";
        else theirs.second += delta.content ?? "";
        if (index === 0) theirs.reason = reason ?? theirs.reason;
        for (const call of delta.tool_calls ?? []) theirs.calls[call.index] = (theirs.calls[call.index] ?? "") + call.function.arguments;
        theirs.tokens.push(...(logprobs?.content ?? []).map(({ token: of }) => of));
      }
    }
    const textOf = (choice: number): string => ours.flatMap((part) => (part.type === "text-delta" && (part.choice ?? 0) === choice ? [part.text] : [])).join("");
    const calls = ours.flatMap((part) => (part.type === "tool-call" ? [part.arguments] : []));
    expect({
      text: textOf(0),
      second: textOf(1),
      calls,
      reason: ours.flatMap((part) => (part.type === "finish" ? [part.reason.raw] : []))[0],
      tokens: ours.flatMap((part) => (part.type === "text-delta" ? (part.logprobs ?? []).map(({ token: of }) => of) : [])),
      usage: ours.flatMap((part) => (part.type === "finish" ? [part.usage.outputTokens] : []))[0],
    }).toEqual({ ...theirs, calls: Object.values(theirs.calls).map((call): unknown => JSON.parse(call)) });
  });

  test("whole", async () => {
    const theirs = await client.chatCompletion({ model, messages: [{ role: "user", content: "Tell me a story." }] }, { fetch: throughFake });
    expect((await reply(stage({ raw: { stream: false } })(request))).text).toBe(theirs.choices[0]?.message.content);
  });
});

stageLaws("chat of Hugging Face", {
  stage: () => stage(),
  input: [request],
  isReleased: () => fake.openSockets === 0,
  patience: 3000,
  soon: 20,
});

engineLaws({ name: "chat of Hugging Face", fake: () => fakeHuggingface({ token }), stage: (baseUrl) => stage({}, baseUrl), input: request, key: token, wholeBody: huggingfaceReplies.chat.text, isStreamed: true });
engineLaws({ name: "chat of Hugging Face, whole", fake: () => fakeHuggingface({ token }), stage: (baseUrl) => stage({ raw: { stream: false } }, baseUrl), input: request, key: token, wholeBody: huggingfaceReplies.chat.whole, isStreamed: false });
