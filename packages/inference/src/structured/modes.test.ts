import { collect, StageError } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ChatRequest } from "../chat.js";
import { call, deltas, finish, scriptedChat } from "../fixtures/scripted-chat.js";
import type { RevisablePart } from "../part.js";
import { JsonInProse } from "./json-in-prose.js";
import { messagesToObject } from "./messages-to-object.js";
import { object } from "./object.js";

const schema = z.object({ name: z.string() });
const told = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };
const request: ChatRequest = { messages: [{ role: "user", content: "Who is it?" }] };
const weather = { name: "weather", parameters: { type: "object" } };

describe("by a tool", () => {
  const answered = (...answers: readonly (readonly RevisablePart[])[]): { readonly requests: readonly ChatRequest[]; readonly parts: Promise<unknown[]> } => {
    const { chat, requests } = scriptedChat(...answers);
    return { requests, parts: collect(messagesToObject({ chat, schema, mode: "tool", name: "person" })({ ...request, tools: [weather] })) };
  };

  test("the model is made to call it, and its arguments are the object", async () => {
    const { requests, parts } = answered([{ type: "text-delta", text: "Here: {" }, ...call("person", '{"name":"Ada"}', "a", 11), finish("tool-calls")]);
    expect(await parts).toEqual([{ type: "object-partial", value: { name: "Ad" } }, { type: "object-partial", value: { name: "Ada" } }, { type: "object", object: { name: "Ada" } }, finish("tool-calls")]);
    expect(requests).toEqual([{ ...request, tools: [weather, { name: "person", description: "Takes the answer.", parameters: told }], toolChoice: { name: "person" }, parallelToolCalls: false }]);
  });

  test("a call that is not streamed gives the object, too", async () => {
    const { parts } = answered([{ type: "tool-call", id: "a", name: "person", arguments: { name: "Ada" } }, finish("tool-calls")]);
    expect(await parts).toEqual([{ type: "object-partial", value: { name: "Ada" } }, { type: "object", object: { name: "Ada" } }, finish("tool-calls")]);
  });

  test("a call that does not fit is answered with its issues, by its id, after the reasoning that led to it", async () => {
    const reasoning = { type: "reasoning", text: "Hm", signature: "sealed" } as const;
    const { requests, parts } = answered([reasoning, ...call("person", '{"name":5}', "a", 20), finish("tool-calls")], [...call("person", '{"name":"Ada"}', "b"), finish("tool-calls")]);
    expect(await parts).toContainEqual({ type: "object", object: { name: "Ada" } });
    expect(requests[1]?.messages.slice(1)).toEqual([
      { role: "assistant", content: [reasoning, { type: "tool-call", id: "a", name: "person", arguments: { name: 5 } }] },
      { role: "tool", toolCallId: "a", name: "person", isError: true, content: "Not accepted: it does not fit the schema: name: Invalid input: expected string, received number\nCall person again with the whole value, corrected." },
    ]);
  });

  test("a call that is no JSON, or of no tool, is asked for again in words", async () => {
    const invalid = { type: "tool-call-invalid", id: "a", name: "person", text: '{"name":', message: "it is cut off" } as const;
    const { requests, parts } = answered([invalid, finish("tool-calls")], [...deltas("It is Ada."), finish()], [...call("person", '{"name":"Ada"}', "b"), finish("tool-calls")]);
    expect(await parts).toContainEqual({ type: "object", object: { name: "Ada" } });
    expect(requests[2]?.messages.slice(1)).toEqual([
      { role: "assistant", content: '{"name":' },
      { role: "user", content: "That answer cannot be used: the arguments of the call are no JSON: it is cut off\nGive the whole answer again, corrected." },
      { role: "assistant", content: "It is Ada." },
      { role: "user", content: "That answer cannot be used: the tool person was not called\nGive the whole answer again, corrected." },
    ]);
  });

  test("a tool of the request with the same name is refused", async () => {
    await expect(object({ chat: scriptedChat().chat, schema, mode: "tool", name: "weather" })({ ...request, tools: [weather] })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

test("natively and by words, tools of the request are known to the model and not called", async () => {
  const asked = async (mode: "native" | "prompt"): Promise<unknown> => {
    const { chat, requests } = scriptedChat([...deltas('{"name":"Ada"}'), finish()]);
    await object({ chat, schema, mode })({ ...request, tools: [weather] });
    return [requests[0]?.tools, requests[0]?.toolChoice];
  };
  expect([await asked("native"), await asked("prompt")]).toEqual([[[weather], "none"], [[weather], "none"]]);
});

describe("by words", () => {
  const byWords = async (text: string, messages = request.messages): Promise<readonly [object: unknown, requests: readonly ChatRequest[]]> => {
    const { chat, requests } = scriptedChat([...deltas(text), finish()]);
    return [await object({ chat, schema, mode: "prompt", attempts: 1, description: "Who it is." })({ messages }), requests];
  };

  test("the schema is put into the system message", async () => {
    const instruction = `Answer with one JSON object (object: Who it is.) that fits the JSON Schema below, and with nothing else: no comment, no code fence.\n\n${JSON.stringify(told)}`;
    const [, [alone]] = await byWords('{"name":"Ada"}');
    const [, [added]] = await byWords('{"name":"Ada"}', [{ role: "system", content: "Be kind.", cache: true }, ...request.messages]);
    expect([alone, added]).toEqual([{ messages: [{ role: "system", content: instruction }, ...request.messages] }, { messages: [{ role: "system", content: `Be kind.\n\n${instruction}`, cache: true }, ...request.messages] }]);
  });

  test.each([
    ["alone", '{"name":"Ada"}'],
    ["in a fence", '```json\n{"name":"Ada"}\n```'],
    ["in prose", 'Sure! Here is the object:\n{"name":"Ada"}\nDo you want {more}?'],
    ["after braces that begin no object", 'The {object} you {"asked" for: {"name":"Ada"} and {"name":"Bob"}'],
  ])("the object is found %s", async (_name, text) => {
    expect((await byWords(text))[0]).toEqual({ name: "Ada" });
  });

  test.each([
    ["prose alone", "I do not know.", "invalid-object", "there is no JSON object in the text"],
    ["an object that is cut off", 'Here: {"name":"Ad', "truncated", "the JSON text is cut off after 11 characters"],
    ["an object that is no JSON", "Here: {name: Ada}", "invalid-object", "malformed JSON at position 1"],
  ])("%s is none", async (_name, text, reason, message) => {
    await expect(byWords(text)).rejects.toMatchObject({ code: "internal", reason, message: expect.stringContaining(message) as string });
  });

  test("the object is found however the text is cut", () => {
    const prose = fc.stringMatching(/^[^{]*$/u);
    fc.assert(
      fc.property(prose, fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.integer({ min: 1, max: 9 }), (before, value, after, size) => {
        const reader = new JsonInProse();
        for (const part of deltas(`${before}${JSON.stringify(value)}${after}`, size)) reader.push((part as { text: string }).text);
        expect(JSON.stringify(reader.end())).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  test("a text of many braces is searched in bounded time", () => {
    const reader = new JsonInProse();
    const begun = performance.now();
    for (let count = 0; count < 50_000; count++) reader.push('{"a":');
    for (let count = 0; count < 50_000; count++) reader.push("{ x");
    expect(() => reader.end()).toThrow(StageError);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
