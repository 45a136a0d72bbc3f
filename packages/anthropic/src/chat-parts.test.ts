import Anthropic from "@anthropic-ai/sdk";
import { collect, from } from "@iftk/core";
import { reply, type Part } from "@iftk/inference";
import { anthropicEvents, anthropicMessage, fakeAnthropic, faults, sse, type AnthropicSays, type FakeProvider, type FakeRequest } from "@iftk/testing/providers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropic } from "./index.js";

const model = "claude-sonnet-5-5";
const citation = { type: "char_location", cited_text: "The sea is salt.", document_index: 0, document_title: "Sea", start_char_index: 0, end_char_index: 16, file_id: null };
const found = { type: "web_search_result_location", cited_text: "35 grams", url: "https://sea.example/salt", title: "Salt", encrypted_index: "x" };

/** A message with a block of every kind that is read, and some that are not. */
const rich: AnthropicSays = {
  content: [
    { type: "thinking", thinking: "Is the sea salt? 🌊 Let me look.", signature: "c2lnbmVk" },
    { type: "redacted_thinking", data: "ZW5jcnlwdGVk" },
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "salt" } },
    { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
    { type: "text", text: "It is ", citations: null },
    { type: "text", text: "salt, 35 g/kg.", citations: [citation, found] },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { place: "Ålesund", days: [1, 2] } },
    { type: "tool_use", id: "toolu_2", name: "now", input: {} },
  ],
  usage: { input_tokens: 20, cache_creation_input_tokens: 300, cache_read_input_tokens: 4000, output_tokens: 50, output_tokens_details: { thinking_tokens: 12 } },
};

let says: AnthropicSays;
let fake: FakeProvider;
beforeAll(async () => {
  fake = await fakeAnthropic({ reply: () => says });
});
afterAll(() => fake.close());
beforeEach(() => {
  says = rich;
  fake.clear();
});

const chat = () => anthropic({ apiKey: "key", baseUrl: fake.url }).chat({ model });
const ask = () => chat()({ messages: [{ role: "user", content: "Is the sea salt?" }] });
const client = () => new Anthropic({ apiKey: "key", baseURL: fake.url, maxRetries: 0, openTelemetry: false });

describe("a streamed message", () => {
  test("is told part by part, as whole blocks too where they go back", async () => {
    const parts = await collect(ask());
    const deltas = parts.filter(({ type }) => type.endsWith("-delta"));
    expect(parts.filter((part) => !deltas.includes(part))).toEqual([
      { type: "usage", usage: { inputTokens: 4320, outputTokens: 1, cachedInputTokens: 4000, cacheWriteInputTokens: 300, reasoningTokens: 12 } },
      { type: "reasoning", text: "Is the sea salt? 🌊 Let me look.", signature: "c2lnbmVk" },
      { type: "reasoning", text: "", encrypted: "ZW5jcnlwdGVk" },
      { type: "warning", message: 'anthropic: the reply has content of the type "server_tool_use", which is left out' },
      { type: "warning", message: 'anthropic: the reply has content of the type "web_search_tool_result", which is left out' },
      { type: "source", id: "0", title: "Sea", quote: "The sea is salt.", start: 6, end: 20 },
      { type: "source", url: "https://sea.example/salt", title: "Salt", quote: "35 grams", start: 6, end: 20 },
      { type: "tool-call-start", id: "toolu_1", name: "weather" },
      { type: "tool-call", id: "toolu_1", name: "weather", arguments: { place: "Ålesund", days: [1, 2] } },
      { type: "tool-call-start", id: "toolu_2", name: "now" },
      { type: "tool-call", id: "toolu_2", name: "now", arguments: {} },
      {
        type: "finish",
        reason: { unified: "tool-calls", raw: "tool_use" },
        usage: { inputTokens: 4320, outputTokens: 50, cachedInputTokens: 4000, cacheWriteInputTokens: 300, reasoningTokens: 12 },
        response: { id: "msg_0", model },
      },
    ]);
    const joined = (type: string, field: string) => deltas.filter((delta) => delta.type === type).map((delta) => (delta as unknown as Record<string, string>)[field]).join("");
    expect([joined("reasoning-delta", "text"), joined("text-delta", "text"), joined("tool-call-delta", "arguments")]).toEqual([
      "Is the sea salt? 🌊 Let me look.", "It is salt, 35 g/kg.", '{"place":"Ålesund","days":[1,2]}',
    ]);
  });

  const shapes: Readonly<Record<string, AnthropicSays>> = {
    "blocks of all kinds": rich,
    "a text": { content: [{ type: "text", text: "Yes.", citations: null }] },
    "nothing": { content: [] },
    "a text that is cut": { content: [{ type: "text", text: "Ye", citations: null }], stop_reason: "max_tokens" },
    "a refusal": { content: [], stop_reason: "refusal", stop_details: { type: "refusal", category: "bio", explanation: "That could do harm." } },
    "a stop sequence": { content: [{ type: "text", text: "1, 2, ", citations: null }], stop_reason: "stop_sequence", stop_sequence: "3" },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    for (const size of [1, 7, 100_000]) {
      test(`with ${name}, in network reads of ${size} bytes, is what the vendor's own client makes of it`, async () => {
        says = shape;
        fake.fault(faults.chop(size));
        const message = await client().messages.stream({ model, max_tokens: 100, messages: [{ role: "user", content: "?" }] }).finalMessage();
        fake.clear();
        fake.fault(faults.chop(size));
        const { message: ours, sources, finish } = await reply(ask());
        expect({ content: contentAsTheirs(ours.content), cited: sources.map(({ quote }) => quote), stop: finish.reason.raw, model: finish.response?.model, output: finish.usage.outputTokens }).toEqual({
          content: knownContent(message.content),
          cited: message.content.flatMap((block) => (block.type === "text" ? (block.citations ?? []).map(({ cited_text }) => cited_text) : [])),
          stop: message.stop_reason,
          model: message.model,
          output: message.usage.output_tokens,
        });
      });
    }
  }
});

/** The content of our message as blocks of the API. */
function contentAsTheirs(content: string | readonly { readonly type: string }[]): object[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return content.map((one) => {
    const part = one as Part & { signature?: string; encrypted?: string };
    if (part.type === "reasoning") return part.encrypted === undefined ? { type: "thinking", thinking: part.text, signature: part.signature } : { type: "redacted_thinking", data: part.encrypted };
    return part.type === "tool-call" ? { type: "tool_use", id: part.id, name: part.name, input: part.arguments } : { ...one };
  });
}

/** The blocks that have a place in our message, texts that follow each other as one. */
function knownContent(content: readonly Anthropic.ContentBlock[]): object[] {
  const known: Record<string, unknown>[] = [];
  for (const block of content) {
    const last = known.at(-1);
    if (block.type === "text" && last?.["type"] === "text") last["text"] = `${String(last["text"])}${block.text}`;
    else if (block.type === "text") known.push({ type: "text", text: block.text });
    else if (["thinking", "redacted_thinking", "tool_use"].includes(block.type)) known.push({ ...block });
  }
  return known;
}

describe("the end of a message", () => {
  const ends = [
    ["end_turn", "stop"], ["stop_sequence", "stop"], ["max_tokens", "length"], ["model_context_window_exceeded", "length"],
    ["tool_use", "stop"], ["pause_turn", "other"], ["refusal", "content-filter"], ["something_new", "other"],
  ] as const;
  test("is told in the common words and in the provider's", async () => {
    const told = [];
    for (const [stop_reason] of ends) {
      says = { content: [{ type: "text", text: "a" }], stop_reason };
      told.push((await reply(ask())).finish.reason);
    }
    expect(told).toEqual(ends.map(([raw, unified]) => ({ raw, unified })));
  });

  test("of a refusal tells why", async () => {
    says = { content: [{ type: "text", text: "a" }], stop_reason: "refusal", stop_details: { type: "refusal", category: "bio", explanation: "That could do harm." } };
    expect(await reply(ask())).toMatchObject({ text: "a", refusal: "That could do harm.", finish: { reason: { unified: "content-filter" } } });
  });
});

describe("arguments that are no JSON", () => {
  test("because the reply was cut before them are told as such, and those that a call has not are none", async () => {
    const calls = ["toolu_1", "toolu_2"].map((id) => ({ type: "tool_use", id, name: "now", input: {} }));
    says = { content: calls, stop_reason: "max_tokens" };
    const cut = await reply(ask());
    says = { content: calls, stop_reason: "tool_use" };
    const whole = await reply(ask());
    expect([cut.toolCalls.map(({ id }) => id), cut.invalidToolCalls.map(({ id }) => id), whole.toolCalls.map(({ id }) => id)]).toEqual([["toolu_1"], ["toolu_2"], ["toolu_1", "toolu_2"]]);
  });

  test("are told and do not fail the reply", async () => {
    says = { content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: '{"place": "Os' }], stop_reason: "max_tokens" };
    expect((await reply(ask())).invalidToolCalls).toEqual([{ type: "tool-call-invalid", id: "toolu_1", name: "weather", text: '{"place": "Os', message: expect.any(String) as string }]);
  });
});

describe("events", () => {
  const asked = async (events: Parameters<typeof sse>[0]) => {
    fake.fault(faults.status(200, { headers: { "content-type": "text/event-stream" }, body: sse(events) }));
    const parts: Part[] = [];
    const error: unknown = await (async () => {
      for await (const part of ask()) parts.push(part);
    })().catch((error: unknown) => error);
    return { text: parts.flatMap((part) => (part.type === "text-delta" ? part.text : [])).join(""), last: parts.at(-1)?.type, error };
  };
  const whole = anthropicEvents(anthropicMessage({ content: [{ type: "text", text: "The sea is salt." }] }, model));

  test("that are not known are left out", async () => {
    const strange = { event: "new_event", data: { type: "new_event", content_block: 7 } };
    const strangeDelta = { event: "content_block_delta", data: { type: "content_block_delta", index: 0, delta: { type: "new_delta", text: "!" } } };
    expect(await asked([strange, ...whole.slice(0, 4), strange, strangeDelta, ...whole.slice(4)])).toEqual({ text: "The sea is salt.", last: "finish", error: undefined });
  });

  test("of an end alone are no reply", async () => {
    expect(await asked(whole.slice(-1))).toMatchObject({ last: undefined, error: { code: "unavailable", reason: "malformed" } });
  });

  test("that do not close a block leave its end to that of the reply", async () => {
    const call = anthropicEvents(anthropicMessage({ content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: { place: "Oslo" } }] }, model));
    fake.fault(faults.status(200, { headers: { "content-type": "text/event-stream" }, body: sse(call.filter(({ event }) => event !== "content_block_stop")) }));
    expect(await reply(ask())).toMatchObject({ toolCalls: [{ id: "toolu_1", arguments: { place: "Oslo" } }], finish: { reason: { unified: "tool-calls" } } });
  });

  test("of an error fail the reply with what the provider says, after the text so far", async () => {
    const overloaded = { event: "error", data: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } };
    expect(await asked([...whole.slice(0, 4), overloaded, ...whole.slice(4)])).toMatchObject({ text: "The sea ", last: "text-delta", error: { code: "unavailable", reason: "overloaded", message: "anthropic: Overloaded" } });
  });

  test("that are no JSON fail the reply without being quoted", async () => {
    const { error } = await asked([...whole.slice(0, 4), { event: "content_block_delta", data: '{"secret' }]);
    expect(error).toMatchObject({ code: "unavailable", reason: "malformed", message: expect.not.stringContaining("secret") as string });
  });
});

test("a reply goes back untouched as the next message", async () => {
  const { message } = await reply(ask());
  says = { content: [{ type: "text", text: "Done." }] };
  const results = ["toolu_1", "toolu_2"].map((toolCallId) => ({ role: "tool", toolCallId, content: "sunny" }) as const);
  await collect(chat()({ messages: [{ role: "user", content: "?" }, message, ...results] }));
  const [, assistant, user] = ((fake.requests.at(-1) as FakeRequest).json() as Anthropic.MessageCreateParams).messages;
  const known = rich.content.filter(({ type }) => !type.startsWith("server_") && !type.endsWith("_result"));
  expect([assistant, user]).toEqual([
    { role: "assistant", content: [known[0], known[1], { type: "text", text: "It is salt, 35 g/kg." }, ...known.slice(4)] },
    { role: "user", content: ["toolu_1", "toolu_2"].map((tool_use_id) => ({ type: "tool_result", tool_use_id, content: [{ type: "text", text: "sunny" }] })) },
  ]);
});

test("a reply that came whole gives the same as one that was streamed", async () => {
  const streamed = await reply(ask());
  const { ChatParts } = await import("./chat-parts.js");
  const whole = await reply(from(new ChatParts().whole(anthropicMessage(rich, model, "msg_0"))));
  expect(whole).toEqual(streamed);
});
