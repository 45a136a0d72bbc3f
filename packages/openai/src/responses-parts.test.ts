import { StageError } from "@iftk/core";
import type { Part } from "@iftk/inference";
import { fakeProvider, sse, type FakeOpenaiReply, type FakeReply } from "@iftk/testing/providers";
import { describe, expect, test } from "vitest";
import { openai } from "./engine.js";
import { ask } from "./fixtures/asked.js";

async function given(reply: FakeReply): Promise<{ readonly parts: readonly Part[]; readonly error?: unknown }> {
  await using fake = await fakeProvider({ "POST /responses": () => reply });
  const parts: Part[] = [];
  try {
    for await (const part of openai({ baseUrl: fake.url }).chat({ model: "m", api: "responses" })({ messages: [{ role: "user", content: "Hello?" }] })) parts.push(part);
  } catch (error) {
    return { parts, error };
  }
  return { parts };
}

/** Events as OpenAI writes them, or, unnamed, as some servers do. */
const events = (isNamed: boolean, ...data: readonly { readonly type: string; readonly [field: string]: unknown }[]): FakeReply => ({ body: sse(data.map((one) => ({ data: one, ...(isNamed && { event: one.type }) }))) });
const text = (delta: string, place: object = { output_index: 0, content_index: 0 }) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] });
const completed = (more: object = {}) => ({ response: { id: "r1", model: "m1", status: "completed", usage: { input_tokens: 3, output_tokens: 2 }, ...more }, type: "response.completed" });
const finish = (unified: string, raw: string): object => ({ type: "finish", reason: { unified, raw }, usage: { inputTokens: 3, outputTokens: 2 }, response: { id: "r1", model: "m1" } });
const hi = { type: "text-delta", text: "Hi" };

const reply: FakeOpenaiReply = { text: ["See", " here."], reasoning: ["Hm", "m."], sources: [{ url: "https://a.example", title: "A", start: 0, end: 3 }], toolCalls: [{ id: "call_1", name: "look", arguments: '{"a":1}' }, { id: "call_2", name: "look", arguments: "{no" }], usage: { input: 9, output: 8, cached: 7, reasoning: 6 } };
const parts = [
  { type: "reasoning-delta", text: "Hm" },
  { type: "reasoning-delta", text: "m." },
  { type: "reasoning", text: "Hmm.", signature: "rs_68d9303e94ac819ead3d9e066f405eae03aa6e5a972b3b23", encrypted: "gAAAAABo2TA_9aBcwzsKm0jKc1AOjWhLaOBwJbo7JTTTcQtPJiM2" },
  { type: "text-delta", text: "See" },
  { type: "text-delta", text: " here." },
  { type: "source", url: "https://a.example", title: "A", start: 0, end: 3 },
  { type: "tool-call-start", id: "call_1", name: "look" },
  ...['{"', "a", '":', "1", "}"].map((piece) => ({ type: "tool-call-delta", id: "call_1", arguments: piece })),
  { type: "tool-call", id: "call_1", name: "look", arguments: { a: 1 } },
  { type: "tool-call-start", id: "call_2", name: "look" },
  ...["{", "no"].map((piece) => ({ type: "tool-call-delta", id: "call_2", arguments: piece })),
  { type: "tool-call-invalid", id: "call_2", name: "look", text: "{no", message: expect.stringContaining("no JSON") as string },
  { type: "finish", reason: { unified: "tool-calls", raw: "completed" }, usage: { inputTokens: 9, outputTokens: 8, cachedInputTokens: 7, cacheWriteInputTokens: 0, reasoningTokens: 6 }, response: { id: "resp_68d9303e0ef4819e9abaed38fac5de4f03aa6e5a972b3b23", model: "gpt-x-2025-08-07" } },
];

test("a response is its reasoning, text, sources and calls, and then its end", async () => {
  expect((await ask({}, { fake: { reply } })).parts).toEqual(parts);
});

test("a response that does not stream is the same, each delta whole", async () => {
  const joined = parts.filter(({ type }) => type !== "tool-call-delta" && !type.endsWith("-delta"));
  const { parts: found } = await ask({}, { fake: { reply }, raw: { stream: false } });
  expect([found.filter(({ type }) => !type.endsWith("-delta")), found.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))]).toEqual([joined, ["See here."]]);
});

test.each([{ ok: true }, { id: "r1", object: "response", status: "in_progress", output: [] }])("%j is no response that is over", async (body) => {
  expect(await given({ body })).toEqual({ parts: [], error: expect.objectContaining({ code: "unavailable", reason: "truncated" }) as unknown });
});

test("log-probabilities come with their deltas", async () => {
  const { parts: found } = await ask({ logprobs: 1 }, { fake: { reply: { text: "Hi" } } });
  const logprob = expect.any(Number) as number;
  expect(found[0]).toEqual({ ...hi, logprobs: [{ token: "Hi", logprob, bytes: [72, 105], alternatives: [{ token: "Hi", logprob }] }] });
});

test.each([
  ["max_output_tokens", "length"],
  ["content_filter", "content-filter"],
  ["steered", "other"],
])("one that is incomplete for %s ends for %s", async (raw, unified) => {
  expect((await ask({}, { fake: { reply: { text: "Hi", finish: raw } } })).parts.at(-1)).toMatchObject({ type: "finish", reason: { unified, raw } });
});

test("a refusal is told as one", async () => {
  expect((await ask({}, { fake: { reply: { refusal: ["I", " won't."] } } })).parts.slice(0, -1)).toEqual([{ type: "refusal-delta", text: "I" }, { type: "refusal-delta", text: " won't." }]);
});

test("offsets of sources count from the beginning of the reply, over all its messages", async () => {
  const annotation = { type: "url_citation", url: "https://a.example", title: "A", start_index: 1, end_index: 2 };
  const second = { output_index: 1, content_index: 0 };
  const { parts: found } = await given(events(true, text("First."), text("Second.", second), { type: "response.output_text.annotation.added", ...second, annotation }, completed()));
  expect(found[2]).toEqual({ type: "source", url: "https://a.example", title: "A", start: 7, end: 8 });
});

test("paragraphs of a summary stand apart, in the pieces as in the whole", async () => {
  const added = (index: number) => ({ type: "response.reasoning_summary_part.added", output_index: 0, summary_index: index, part: { type: "summary_text", text: "" } });
  const thought = (delta: string) => ({ type: "response.reasoning_summary_text.delta", output_index: 0, delta });
  const item = { type: "reasoning", id: "rs_1", summary: ["One.", "Two."].map((one) => ({ type: "summary_text", text: one })) };
  const { parts: found } = await given(events(true, added(0), thought("One."), added(1), thought("Two."), { type: "response.output_item.done", output_index: 0, item }, completed()));
  expect(found.slice(0, -1)).toEqual([..."One.|\n\n|Two.".split("|").map((piece) => ({ type: "reasoning-delta", text: piece })), { type: "reasoning", text: "One.\n\nTwo.", signature: "rs_1" }]);
});

describe("a response that labels its messages", () => {
  const reply: FakeOpenaiReply = { commentary: ["I", " look."], text: ["A", " cat."], phase: "final_answer", sources: [{ url: "https://a.example", title: "A", start: 0, end: 1 }] };
  const commentary = ["I", " look."].map((piece) => ({ type: "text-delta", text: piece, phase: "commentary" }));
  const answer = ["A", " cat."].map((piece) => ({ type: "text-delta", text: piece, phase: "answer" }));
  const source = { type: "source", url: "https://a.example", title: "A", start: 7, end: 8 };
  const labelled = { type: "message", id: "msg_1", role: "assistant", status: "completed", phase: "commentary", content: [{ type: "output_text", text: "Hi", annotations: [] }] };
  const added = (item: object, index: number) => ({ type: "response.output_item.added", output_index: index, item: { ...labelled, content: [], ...item } });
  const done = (item: object, index: number) => ({ type: "response.output_item.done", output_index: index, item: { ...labelled, ...item } });

  test("tells the phase of each piece of text", async () => {
    expect((await ask({}, { fake: { reply } })).parts.slice(0, -1)).toEqual([...commentary, ...answer, source]);
  });

  test("tells it beside log-probabilities", async () => {
    const { parts: found } = await ask({ logprobs: 0 }, { fake: { reply } });
    expect(found[0]).toEqual({ ...commentary[0], logprobs: [expect.objectContaining({ token: "I" }) as unknown] });
  });

  test("tells it where nothing streams", async () => {
    expect((await ask({}, { fake: { reply }, raw: { stream: false } })).parts.slice(0, -1)).toEqual([{ ...commentary[0], text: "I look." }, { ...answer[0], text: "A cat." }, source]);
  });

  test("tells the same however its bytes are cut", async () => {
    const { body } = events(true, added({}, 0), text("Hi"), done({}, 0), added({ id: "msg_2", phase: "final_answer" }, 1), text("Hi", { output_index: 1, content_index: 0 }), completed());
    const bytes = Buffer.from((body as string[]).join(""));
    const whole = [{ ...hi, phase: "commentary" }, { ...hi, phase: "answer" }, finish("stop", "completed")];
    for (const size of [1, 7, 64]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      expect(await given({ body: pieces, headers: { "content-type": "text/event-stream" } })).toEqual({ parts: whole });
    }
  });

  test("may do so by the ids of its items alone, and only for some of them", async () => {
    const said = (id: string) => text("Hi", { item_id: id });
    const { parts: found } = await given(events(false, added({}, 0), added({ id: "msg_2", phase: null }, 1), added({ id: "msg_3", phase: "final_answer" }, 2), said("msg_2"), said("msg_3"), said("msg_1"), said("msg_4"), completed()));
    expect(found.slice(0, -1)).toStrictEqual([hi, { ...hi, phase: "answer" }, { ...hi, phase: "commentary" }, hi]);
  });

  test("may give other ids to the deltas than to the items", async () => {
    const said = (index: number) => text("Hi", { item_id: "other", output_index: index, content_index: 0 });
    expect((await given(events(true, added({}, 0), said(0), added({ id: "msg_2", phase: "final_answer" }, 1), said(1), completed()))).parts.slice(0, -1)).toEqual([{ ...hi, phase: "commentary" }, { ...hi, phase: "answer" }]);
  });

  test("may tell it with the whole message alone, in place of deltas", async () => {
    expect((await given(events(true, done({}, 0), done({ phase: "final_answer" }, 1), completed()))).parts.slice(0, -1)).toEqual([{ ...hi, phase: "commentary" }, { ...hi, phase: "answer" }]);
  });

  test.each(["rehearsal", "toString", "", 3, null, undefined])("may label them %j, which is no phase", async (phase) => {
    expect((await given(events(true, added({ phase }, 0), text("Hi"), done({ phase }, 0), completed()))).parts).toStrictEqual([hi, finish("stop", "completed")]);
  });
});

describe("a compatible server", () => {
  test("may leave its events unnamed and append [DONE]", async () => {
    const { body } = events(false, text('"type":"response.completed" is not the end'), text("Hi"), completed());
    expect(await given({ body: [...(body as string[]), "data: [DONE]\n\n"] })).toEqual({ parts: [{ type: "text-delta", text: '"type":"response.completed" is not the end' }, hi, finish("stop", "completed")] });
  });

  test("may tell all at the end alone", async () => {
    const output = [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }, { type: "function_call", call_id: "a", name: "look", arguments: "{}" }];
    expect((await given(events(true, completed({ output })))).parts).toEqual([
      hi,
      { type: "tool-call-start", id: "a", name: "look" },
      { type: "tool-call-delta", id: "a", arguments: "{}" },
      { type: "tool-call", id: "a", name: "look", arguments: {} },
      finish("tool-calls", "completed"),
    ]);
  });

  test("may number its deltas in another way, or not at all, and nothing is told twice", async () => {
    const item = { type: "message", content: [{ type: "output_text", text: "Hi", annotations: [] }] };
    expect((await given(events(true, text("Hi", {}), { type: "response.output_item.done", output_index: 0, item }, completed({ output: [item] })))).parts).toEqual([hi, finish("stop", "completed")]);
  });

  test("may end with [DONE] alone, which is no end", async () => {
    expect(await given({ body: [...(events(true, text("Hi")).body as string[]), "data: [DONE]\n\n"] })).toEqual({ parts: [hi], error: expect.objectContaining({ code: "unavailable", reason: "truncated" }) as unknown });
  });
});

test("a call that the length limit cut is not one", async () => {
  const item = { type: "function_call", id: "fc_1", call_id: "a", name: "look", arguments: "" };
  const { parts: found } = await given(events(true, { type: "response.output_item.added", output_index: 0, item }, { type: "response.incomplete", response: { incomplete_details: { reason: "max_output_tokens" } } }));
  expect(found).toMatchObject([{ type: "tool-call-start" }, { type: "tool-call-invalid", id: "a", text: "" }, { type: "finish", reason: { unified: "length" }, usage: { estimated: true } }]);
});

test("items that no part has a place for are told by their types, once", async () => {
  const done = (type: string, index: number) => ({ type: "response.output_item.done", output_index: index, item: { type, id: `item_${index}`, status: "completed" } });
  const { parts: found } = await given(events(true, done("web_search_call", 0), done("web_search_call", 1), done("image_generation_call", 2), text("Hi", { output_index: 3, content_index: 0 }), completed()));
  expect(found).toEqual([
    ...["web_search_call", "image_generation_call"].map((type) => ({ type: "warning", message: `openai: the reply has content of the type "${type}", which is left out` })),
    hi,
    finish("stop", "completed"),
  ]);
});

describe("errors within a response", () => {
  test.each<[string, FakeReply, object]>([
    ["that failed", events(true, text("Hi"), { type: "response.failed", response: { status: "failed", error: { code: "rate_limit_exceeded", message: "Too much." } } }), { code: "resource_exhausted", reason: "rate-limit", message: "openai: Too much." }],
    ["told as an event", events(true, text("Hi"), { type: "error", code: "server_error", message: "It broke.", param: null }), { code: "unavailable", message: "openai: It broke." }],
    ["told as an event with an object", events(true, text("Hi"), { type: "error", error: { type: "invalid_request_error", message: "No." } }), { code: "invalid_argument", message: "openai: No." }],
    ["of which somebody cancelled", events(true, text("Hi"), { type: "response.cancelled", response: { status: "cancelled" } }), { code: "canceled" }],
  ])("%s are thrown after what came before", async (_, answer, expected) => {
    const { parts: found, error } = await given(answer);
    expect([found, StageError.is(error), error]).toMatchObject([[hi], true, expected]);
  });
});
