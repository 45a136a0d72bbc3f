/** What servers send that speak OpenAI's language with an accent. */
import { StageError } from "@iftk/core";
import type { ChatRequest, Part } from "@iftk/inference";
import { fakeProvider, sse, type FakeReply } from "@iftk/testing/providers";
import { describe, expect, test } from "vitest";
import { openai } from "./engine.js";

/** The parts, and the error after them, for what a server answers. */
async function given(reply: FakeReply, { api, ...request }: Partial<ChatRequest> & { readonly api?: string; readonly isMarkRequired?: boolean } = {}): Promise<{ readonly parts: readonly Part[]; readonly error?: unknown }> {
  await using fake = await fakeProvider({ "POST /*": () => reply });
  const { isMarkRequired, ...asked } = request;
  const parts: Part[] = [];
  try {
    for await (const part of openai({ baseUrl: fake.url, isMarkRequired }).chat({ model: "m", api })({ messages: [{ role: "user", content: "Twelve chars" }], ...asked })) parts.push(part);
  } catch (error) {
    return { parts, error };
  }
  return { parts };
}

const chunks = (...data: readonly unknown[]): FakeReply => ({ body: sse(data.map((one) => ({ data: one }))) });
const delta = (fields: object, more: object = {}, finish: string | null = null): object => ({ id: "c1", model: "m1", choices: [{ index: 0, delta: fields, finish_reason: finish }], ...more });
const usage = { prompt_tokens: 3, completion_tokens: 2 };
const finish = (unified: string, raw: string): object => ({ type: "finish", reason: { unified, raw }, usage: { inputTokens: 3, outputTokens: 2 }, response: { id: "c1", model: "m1" } });
const truncated = expect.objectContaining({ code: "unavailable", reason: "truncated" }) as unknown;

describe("the end of a chat completion", () => {
  const whole = chunks(delta({ content: "Hi" }), delta({}, {}, "stop"), { choices: [], usage });

  test("may come without [DONE] after the finish reasons of all choices", async () => {
    expect(await given(whole)).toEqual({ parts: [{ type: "text-delta", text: "Hi" }, finish("stop", "stop")] });
  });

  test("must come with [DONE] where that is asked for", async () => {
    expect(await given(whole, { isMarkRequired: true })).toEqual({ parts: [{ type: "text-delta", text: "Hi" }], error: truncated });
  });

  test("is none where there was no choice before it", async () => {
    expect(await given(chunks({ choices: [], usage }, "[DONE]"))).toEqual({ parts: [], error: expect.objectContaining({ code: "unavailable", reason: "malformed" }) as unknown });
  });

  test("comes after calls that came after the finish reason", async () => {
    const call = { tool_calls: [{ index: 0, id: "a", function: { name: "look", arguments: "{}" } }] };
    const { parts } = await given(chunks(delta({}, {}, "tool_calls"), delta(call, { usage }), "[DONE]"));
    expect(parts.slice(-2)).toEqual([{ type: "tool-call", id: "a", name: "look", arguments: {} }, finish("tool-calls", "tool_calls")]);
  });

  test("is missing where one of the choices has no finish reason", async () => {
    expect(await given(chunks(delta({ content: "Hi" }), delta({}, {}, "stop")), { choices: 2 })).toEqual({ parts: [{ type: "text-delta", text: "Hi" }], error: truncated });
    expect(await given(chunks(delta({ content: "Hi" })))).toEqual({ parts: [{ type: "text-delta", text: "Hi" }], error: truncated });
  });

  test("with [DONE] but without a finish reason is no stop", async () => {
    expect(await given(chunks(delta({ content: "Hi" }, { usage }), "[DONE]"))).toEqual({ parts: [{ type: "text-delta", text: "Hi" }, finish("other", "")] });
  });

  test("is not passed: what comes after [DONE] is not read", async () => {
    expect(await given(chunks(delta({ content: "Hi" }, { usage }, "stop"), "[DONE]", delta({ content: " again" }), "[DONE]"))).toEqual({ parts: [{ type: "text-delta", text: "Hi" }, finish("stop", "stop")] });
  });

  test("without usage has an estimate, marked as one", async () => {
    const { parts } = await given(chunks(delta({ content: "12345678" }, {}, "stop"), "[DONE]"));
    expect(parts.at(-1)).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2, estimated: true } });
  });
});

test.each([
  ["stop", "stop"],
  ["eos", "stop"],
  ["max_tokens", "length"],
  ["content_filter", "content-filter"],
  ["function_call", "tool-calls"],
  ["abort", "aborted"],
  ["error", "error"],
  ["insufficient_system_resource", "other"],
])("a finish for %s is one for %s", async (raw, unified) => {
  expect((await given(chunks(delta({ content: "Hi" }, { usage }, raw), "[DONE]"))).parts.at(-1)).toEqual(finish(unified, raw));
});

describe("tool calls", () => {
  const calls = (...each: readonly object[]): object => delta({ tool_calls: each });
  const end = [delta({}, { usage }, "tool_calls"), "[DONE]"];
  const callsIn = ({ parts }: { readonly parts: readonly Part[] }): unknown[] => parts.filter(({ type }) => type === "tool-call" || type === "tool-call-invalid");

  test("come in parallel, by their index, each with its own pieces", async () => {
    const { parts } = await given(
      chunks(
        calls({ index: 0, id: "a", function: { name: "look", arguments: "" } }, { index: 1, id: "b", function: { name: "hear", arguments: '{"x' } }),
        calls({ index: 0, function: { arguments: '{"y":' } }),
        calls({ index: 1, function: { arguments: '":1}' } }),
        calls({ index: 0, function: { arguments: "2}" } }),
        ...end,
      ),
    );
    expect(parts).toEqual([
      { type: "tool-call-start", id: "a", name: "look" },
      { type: "tool-call-start", id: "b", name: "hear" },
      { type: "tool-call-delta", id: "b", arguments: '{"x' },
      { type: "tool-call-delta", id: "a", arguments: '{"y":' },
      { type: "tool-call-delta", id: "b", arguments: '":1}' },
      { type: "tool-call-delta", id: "a", arguments: "2}" },
      { type: "tool-call", id: "a", name: "look", arguments: { y: 2 } },
      { type: "tool-call", id: "b", name: "hear", arguments: { x: 1 } },
      finish("tool-calls", "tool_calls"),
    ]);
  });

  test.each<[string, readonly object[], unknown]>([
    ["whole, one a chunk, all with the same index", [calls({ index: 0, id: "a", function: { name: "look", arguments: "{}" } }), calls({ index: 0, id: "b", function: { name: "look", arguments: "[1]" } })], [{ id: "a", arguments: {} }, { id: "b", arguments: [1] }]],
    ["without an index", [calls({ id: "a", function: { name: "look", arguments: "{" } }), calls({ function: { arguments: "}" } }), calls({ id: "b", function: { name: "look", arguments: "2" } })], [{ id: "a", arguments: {} }, { id: "b", arguments: 2 }]],
    ["without an id", [calls({ index: 0, function: { name: "look", arguments: "1" } }), calls({ index: 1, function: { name: "look", arguments: "2" } })], [{ id: "call-0-0", arguments: 1 }, { id: "call-0-1", arguments: 2 }]],
    ["with the name after the beginning", [calls({ index: 0, id: "a", function: { arguments: '{"a"' } }), calls({ index: 0, function: { name: "look", arguments: ":1}" } })], [{ id: "a", arguments: { a: 1 } }]],
    ["with arguments as an object", [calls({ index: 0, id: "a", function: { name: "look", arguments: { a: 1 } } })], [{ id: "a", arguments: { a: 1 } }]],
    ["without arguments", [calls({ index: 0, id: "a", function: { name: "look" } })], [{ id: "a", arguments: {} }]],
    ["with arguments that are no JSON", [calls({ index: 0, id: "a", function: { name: "look", arguments: '{"a": tru' } })], [{ type: "tool-call-invalid", id: "a", text: '{"a": tru', message: expect.stringContaining("no JSON") as string }]],
  ])("%s", async (_, deltas, expected) => {
    expect(callsIn(await given(chunks(...deltas, ...end)))).toMatchObject(expected as object);
  });

  test("cut by the length limit before their arguments are not calls without any", async () => {
    const found = await given(chunks(calls({ index: 0, id: "a", function: { name: "look", arguments: "" } }), delta({}, { usage }, "length"), "[DONE]"));
    expect([callsIn(found), found.parts.at(-1)]).toEqual([[expect.objectContaining({ type: "tool-call-invalid", id: "a", text: "" })], finish("length", "length")]);
  });

  test("before a finish reason of stop are what it ended for", async () => {
    expect((await given(chunks(calls({ index: 0, id: "a", function: { name: "look", arguments: "{}" } }), delta({}, { usage }, "stop"), "[DONE]"))).parts.at(-1)).toEqual(finish("tool-calls", "stop"));
  });
});

test.each(["reasoning_content", "reasoning"])("reasoning as %s is told in pieces and, before the text, as a whole", async (name) => {
  expect(await given(chunks(delta({ [name]: "Hm" }), delta({ [name]: "m." }), delta({ content: "Hi" }, { usage }, "stop"), "[DONE]"))).toEqual({
    parts: [
      { type: "reasoning-delta", text: "Hm" },
      { type: "reasoning-delta", text: "m." },
      { type: "reasoning", text: "Hmm." },
      { type: "text-delta", text: "Hi" },
      finish("stop", "stop"),
    ],
  });
});

test("content in pieces of text and thinking is told apart, and sources beside the choices are told once", async () => {
  const [a, b] = ["https://a.example", "https://b.example"];
  const content = [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }, { type: "text", text: "Hi" }];
  expect((await given(chunks(delta({ content }, { citations: [a] }), delta({}, { citations: [a, b], usage }, "stop"), "[DONE]"))).parts).toEqual([
    { type: "reasoning-delta", text: "Hm." },
    { type: "reasoning", text: "Hm." },
    { type: "text-delta", text: "Hi" },
    { type: "source", url: a },
    { type: "source", url: b },
    finish("stop", "stop"),
  ]);
});

test("unknown events, fields and values of another kind are passed over", async () => {
  const odd = [null, 7, "text", { choices: 3 }, { choices: [null, { index: 0, delta: { content: 5, tool_calls: "none" } }], usage: "much" }, { vendor: true }];
  expect((await given({ body: [": ping\n\n", "data:\n\n", ...sse([{ event: "vendor.event", data: { nonce: 1 } }]), ...sse(odd.map((data) => ({ data: JSON.stringify(data) }))), ...sse([{ data: delta({ content: "Hi" }, { usage }, "stop") }, { data: "[DONE]" }])] })).parts).toEqual([
    { type: "text-delta", text: "Hi" },
    finish("stop", "stop"),
  ]);
});

test("what no part has a place for is told by its kind, once", async () => {
  const custom = { index: 0, id: "c", type: "custom", custom: { name: "sql", input: "select 1" } };
  const { parts } = await given(chunks(delta({ audio: { transcript: "Hi" } }), delta({ audio: { data: "AA==" } }), delta({ tool_calls: [custom] }), delta({ content: "Hi" }, { usage }, "stop"), "[DONE]"));
  expect(parts).toEqual([
    ...["audio", "custom tool call"].map((kind) => ({ type: "warning", message: `openai: the reply has content of the type "${kind}", which is left out` })),
    { type: "text-delta", text: "Hi" },
    finish("stop", "stop"),
  ]);
});

describe("errors within a reply", () => {
  test.each<[string, unknown, object]>([
    ["a server's", { error: { message: "It broke.", type: "server_error" } }, { code: "unavailable" }],
    ["one with a status as code", { error: { message: "Slow down.", code: 429 } }, { code: "resource_exhausted", reason: "rate-limit" }],
    ["one that is an object", { object: "error", message: "No.", type: "invalid_request_error" }, { code: "invalid_argument" }],
    ["one that is a text", { error: "It broke." }, { code: "unavailable" }],
  ])("%s is thrown after what came before it", async (_, data, expected) => {
    const { parts, error } = await given(chunks(delta({ content: "Hi" }), data));
    expect([parts, StageError.is(error), error]).toMatchObject([[{ type: "text-delta", text: "Hi" }], true, expected]);
  });
});

describe("a reply that does not stream", () => {
  test("is the same parts at once", async () => {
    const message = { role: "assistant", content: "Hi", reasoning_content: "Hm.", tool_calls: [{ id: "a", type: "function", function: { name: "look", arguments: "{}" } }] };
    expect((await given({ body: { id: "c1", model: "m1", choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage } })).parts).toEqual([
      { type: "reasoning-delta", text: "Hm." },
      { type: "reasoning", text: "Hm." },
      { type: "text-delta", text: "Hi" },
      { type: "tool-call-start", id: "a", name: "look" },
      { type: "tool-call-delta", id: "a", arguments: "{}" },
      { type: "tool-call", id: "a", name: "look", arguments: {} },
      finish("tool-calls", "tool_calls"),
    ]);
  });

  test.each<[string, FakeReply, object]>([
    ["an error", { body: { error: { message: "Overloaded.", type: "overloaded_error" } } }, { code: "unavailable", reason: "overloaded" }],
    ["no completion", { body: { ok: true } }, { code: "unavailable", reason: "truncated" }],
    ["a page", { headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" }, { code: "unavailable", reason: "malformed" }],
  ])("and is %s fails", async (_, reply, expected) => {
    expect(await given(reply)).toMatchObject({ parts: [], error: expected });
  });
});
