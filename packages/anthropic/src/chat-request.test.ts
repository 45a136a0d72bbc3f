import type Anthropic from "@anthropic-ai/sdk";
import type { ChatOptions, ChatRequest } from "@iftk/inference";
import { anthropicBody, type AnthropicBody } from "@iftk/testing/providers";
import { describe, expect, expectTypeOf, test } from "vitest";
import { messagesRequest, type MessagesBody } from "./chat-request.js";

const newest = "claude-opus-5-5";
const user = { role: "user", content: "Hello" } as const;
const weather = { name: "weather", parameters: { type: "object", properties: { place: { type: "string", minLength: 2 } }, required: ["place"] } };
const schema = { type: "object", properties: { age: { type: "integer", minimum: 0 } }, required: ["age"] };

/** What is sent, which the fake of the API accepts. */
function sent(request: Partial<ChatRequest>, options: Partial<ChatOptions> = {}, settings = {}): { body: Partial<MessagesBody>; warnings: readonly string[] } {
  const { body, warnings } = messagesRequest({ model: newest, ...options }, { messages: [user], ...request }, settings);
  anthropicBody.parse(body);
  const { model: _model, messages: _messages, max_tokens: _max, ...rest } = body;
  return { body: rest, warnings };
}
const bodyOf = (request: Partial<ChatRequest>, model = newest) => sent(request, { model }).body;
const failure = (request: Partial<ChatRequest>, options: Partial<ChatOptions> = {}) => {
  try {
    return sent(request, options);
  } catch (error) {
    return error;
  }
};

test("bodies that the fake takes are bodies to the vendor's types, but for sampling", () => {
  expectTypeOf<Omit<AnthropicBody, "temperature" | "top_p" | "top_k">>().toExtend<Anthropic.MessageCreateParams>();
});

describe("a request", () => {
  test("is put over the options, and raw fields over both", () => {
    const { body } = messagesRequest({ model: newest, maxTokens: 100, stop: ["x"], raw: { metadata: { user_id: "7" }, max_tokens: 300 } }, { messages: [user], maxTokens: 200, stop: undefined });
    expect(body).toEqual({ model: newest, max_tokens: 300, messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }], stop_sequences: ["x"], metadata: { user_id: "7" } });
  });

  test("without a limit has the most that the model can generate", () => {
    const models = ["claude-opus-5-5", "claude-sonnet-4-5", "claude-opus-4-1", "claude-3-5-haiku-latest", "glm-5"];
    expect(models.map((model) => messagesRequest({ model }, { messages: [user] }).body.max_tokens)).toEqual([128_000, 64_000, 32_000, 8192, 8192]);
  });

  test("is refused for what the provider has no way to do", () => {
    expect([failure({ choices: 2 }), failure({ logprobs: 1 }), failure({}, { api: "completions" })]).toMatchObject([
      { code: "unimplemented", reason: "option", message: expect.stringContaining("choices") as string },
      { code: "unimplemented", reason: "option", message: expect.stringContaining("logprobs") as string },
      { code: "unimplemented", reason: "option", message: expect.stringContaining('"messages"') as string },
    ]);
  });
});

describe("sampling", () => {
  const all = { temperature: 1.5, topP: 0.9, topK: 40 };
  test("goes to models that take it, within the provider's bounds", () => {
    expect([sent(all, { model: "claude-3-7-sonnet-latest" }), sent(all, { model: "claude-sonnet-4-5" })]).toEqual([
      { body: { temperature: 1, top_p: 0.9, top_k: 40 }, warnings: ["anthropic: temperature: the highest of this provider is 1, which it is given"] },
      { body: { temperature: 1, top_k: 40 }, warnings: [expect.stringContaining("topP"), expect.stringContaining("temperature")] },
    ]);
  });
  test("is left out with a warning where the model takes none, or none while it thinks", () => {
    expect([sent(all), sent({ ...all, reasoning: { effort: "low" } }, { model: "claude-sonnet-4-6" })]).toEqual([
      { body: {}, warnings: ["anthropic: temperature, topP, topK: this model takes none; left out"] },
      { body: { thinking: { type: "adaptive" }, output_config: { effort: "low" } }, warnings: ["anthropic: temperature, topP, topK: this model takes none while it thinks; left out"] },
    ]);
  });
  test("of kinds that the provider has not is left out with a warning each", () => {
    expect(sent({ seed: 1, frequencyPenalty: 0.5, presencePenalty: 0.5 }).warnings).toHaveLength(3);
  });
});

describe("reasoning", () => {
  const cases: readonly [model: string, reasoning: ChatRequest["reasoning"], body: object][] = [
    [newest, { effort: "minimal" }, { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } }],
    [newest, { effort: "high" }, { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } }],
    [newest, { maxTokens: 5000 }, { thinking: { type: "adaptive", display: "summarized" } }],
    [newest, { effort: "none" }, { output_config: { effort: "low" } }],
    [newest, {}, {}],
    ["claude-sonnet-5-5", { effort: "none" }, { thinking: { type: "between_tools" } }],
    ["claude-haiku-5-5", { effort: "none" }, { thinking: { type: "disabled" } }],
    ["claude-opus-4-6", { effort: "medium" }, { thinking: { type: "adaptive" }, output_config: { effort: "medium" } }],
    ["claude-opus-4-6", { maxTokens: 5000 }, { thinking: { type: "enabled", budget_tokens: 5000 } }],
    ["claude-opus-4-5", { effort: "low" }, { thinking: { type: "enabled", budget_tokens: 12_800 }, output_config: { effort: "low" } }],
    ["claude-sonnet-4-5", { effort: "high" }, { thinking: { type: "enabled", budget_tokens: 51_200 } }],
    ["claude-sonnet-4-5", { maxTokens: 10 }, { thinking: { type: "enabled", budget_tokens: 1024 } }],
    ["claude-3-5-sonnet-latest", { effort: "high" }, {}],
  ];
  test.each(cases)("of %s asked for %o", (model, reasoning, body) => {
    expect(bodyOf({ reasoning }, model)).toEqual(body);
  });
  test("that leaves no room for a reply is refused", () => {
    expect(failure({ maxTokens: 1000, reasoning: { effort: "high" } }, { model: "claude-sonnet-4-5" })).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("maxTokens") as string });
  });
});

describe("tools", () => {
  const tool = { name: "weather", input_schema: weather.parameters };
  const older = "claude-sonnet-5";
  const cases: readonly [name: string, request: Partial<ChatRequest>, body: object][] = [
    ["auto", {}, { tools: [tool] }],
    ["none", { toolChoice: "none" }, { tools: [tool], tool_choice: { type: "none" } }],
    ["required", { toolChoice: "required" }, { tools: [tool], tool_choice: { type: "any" } }],
    ["one", { toolChoice: { name: "weather" } }, { tools: [tool], tool_choice: { type: "tool", name: "weather" } }],
    ["one at a time", { parallelToolCalls: false }, { tools: [tool], tool_choice: { type: "auto", disable_parallel_tool_use: true } }],
    ["exactly one", { toolChoice: "required", parallelToolCalls: false }, { tools: [tool], tool_choice: { type: "any", disable_parallel_tool_use: true } }],
  ];
  test.each(cases)("with the choice %s", (_name, request, body) => {
    expect(bodyOf({ tools: [weather], ...request }, older)).toEqual(body);
  });
  test("that are strict have the schema in the form that the provider can hold a model to", () => {
    const held = { type: "object", properties: { place: { type: "string", description: "{minLength: 2}" } }, required: ["place"], additionalProperties: false };
    expect(bodyOf({ tools: [{ ...weather, description: "Tells it.", strict: true }] })).toEqual({ tools: [{ name: "weather", description: "Tells it.", input_schema: held, strict: true }] });
  });
  test("cannot be forced on models that refuse it, nor chosen where there are none", () => {
    expect([failure({ tools: [weather], toolChoice: "required" }), failure({ toolChoice: "required" }), failure({ tools: [weather], toolChoice: { name: "time" } })]).toMatchObject([
      { code: "unimplemented", reason: "option" }, { code: "invalid_argument" }, { code: "invalid_argument", message: expect.stringContaining("there are weather") as string },
    ]);
  });
});

describe("a reply in JSON", () => {
  const format = { type: "json", schema, description: "A person." } as const;
  const held = { type: "object", description: "A person.", properties: { age: { type: "integer", description: "{minimum: 0}" } }, required: ["age"], additionalProperties: false };
  const reply = { name: "reply_in_json", description: "A person.", input_schema: schema };
  test("is held to its schema by models that can be", () => {
    expect(sent({ responseFormat: format })).toEqual({ body: { output_config: { format: { type: "json_schema", schema: held } } }, warnings: [] });
  });
  test("is a call of a tool for older ones", () => {
    expect([bodyOf({ responseFormat: format }, "claude-sonnet-4-0"), bodyOf({ responseFormat: format, tools: [weather] }, "claude-sonnet-4-0")]).toEqual([
      { tools: [reply], tool_choice: { type: "tool", name: "reply_in_json" } },
      { tools: [{ name: "weather", input_schema: weather.parameters }, reply], tool_choice: { type: "any" } },
    ]);
  });
  test("is asked for without a schema, and where thinking forbids to force a tool", () => {
    expect([sent({ responseFormat: { type: "json" } }), sent({ responseFormat: format, reasoning: { effort: "low" } }, { model: "claude-sonnet-4-0" })]).toMatchObject([
      { body: { system: [{ type: "text", text: expect.stringContaining("one JSON value") as string }] }, warnings: [expect.stringContaining("asked for JSON")] },
      { body: { system: [{ text: expect.stringContaining('"age"') as string }] }, warnings: [expect.stringContaining("asked for JSON")] },
    ]);
  });
  test("with a schema that says nothing of a type is refused", () => {
    expect(failure({ responseFormat: { type: "json", schema: { properties: {} } } })).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("responseFormat.schema") as string });
  });
});
