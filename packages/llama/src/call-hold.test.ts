import { collect } from "@iftk/core";
import { type ChatRequest, reply, type Reply, type Tool } from "@iftk/inference";
import { deepseek, defineFormat, type Format, harmony, hermes, llama3, mistral, randomSource } from "@iftk/inferlet";
import { ScriptedBackend } from "@iftk/inferlet/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { chat } from "./chat.js";

const chatTemplate = "{% if tools %}{% endif %}{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}";
const thinkingTemplate = `${chatTemplate}<think>\n`;

const weather = z.strictObject({ city: z.enum(["Oslo", "Paris"]), days: z.int().min(1).max(7) });
const place = z.strictObject({ name: z.string().max(6), get inside() {
  return place.nullable();
} });
const schemas = new Map<string, z.ZodType>([["get_weather", weather], ["find_place", z.strictObject({ place })]]);
const tools: readonly Tool[] = Array.from(schemas, ([name, schema]) => ({ name, parameters: z.toJSONSchema(schema, { reused: "ref" }), strict: true }));
const messages: ChatRequest["messages"] = [{ role: "user", content: "Weather?" }];

/** A model of noise that likes to close what is open. */
const noise = (seed: number, format: Format): ReturnType<typeof chat> => {
  const logits = (tokens: readonly number[]): Float32Array => {
    const random = randomSource(seed * 100_003 + tokens.length);
    return Float32Array.from({ length: 260 }, (_, token) => random() * 8 + (token === 0x7d || token === 0x22 || token === 0x6c ? 6 : 0));
  };
  return chat({ backend: new ScriptedBackend({ reply: "", logits, chatTemplate }), format });
};

/** A model that wants to say a text, whatever it has to say. */
const stubborn = (text: string, format: Format = hermes) => {
  const said = new TextEncoder().encode(text);
  const logits = (tokens: readonly number[]): Float32Array => new Float32Array(260).fill(0).fill(40, ...placeOf(said[tokens.length - 1 - tokens.lastIndexOf(257)] ?? 257));
  return chat({ backend: new ScriptedBackend({ reply: "", logits, chatTemplate }), format, temperature: 0, maxTokens: 400 });
};
const placeOf = (token: number): [number, number] => [token, token + 1];

const scripted = (script: string, format: Format = hermes, template = chatTemplate) => chat({ backend: new ScriptedBackend({ reply: script, chatTemplate: template }), format, temperature: 0, maxTokens: 400 });
const ask = (stage: ReturnType<typeof chat>, options: Omit<ChatRequest, "messages">): Promise<Reply> => reply(stage({ messages, ...options }));
const isCall = ({ toolCalls }: Reply): boolean => toolCalls.every((call) => schemas.get(call.name)?.safeParse(call.arguments).success);
const isOnlyCall = (answer: Reply): boolean => answer.toolCalls.length === 1 && isCall(answer) && answer.text === "" && answer.finish.reason.unified === "tool-calls";

const seeds = Array.from({ length: 12 }, (_, seed) => seed);

describe.each([hermes, llama3, mistral])("a model of noise that is to make a call in the format $name", (format) => {
  test("makes a call that fits", async () => {
    const answers = await Promise.all(seeds.map((seed) => ask(noise(seed, format), { tools: [...tools], toolChoice: "required", parallelToolCalls: false, seed, maxTokens: 400 })));
    expect([answers.filter((answer) => !isOnlyCall(answer)), new Set(answers.map(({ toolCalls }) => toolCalls[0]?.name)).size]).toEqual([[], 2]);
  });

  test("of a certain tool makes one of that tool", async () => {
    const answers = await Promise.all(seeds.map((seed) => ask(noise(seed, format), { tools: [...tools], toolChoice: { name: "find_place" }, parallelToolCalls: false, seed, maxTokens: 400 })));
    expect([answers.filter((answer) => !isOnlyCall(answer)), new Set(answers.map(({ toolCalls }) => toolCalls[0]?.name))]).toEqual([[], new Set(["find_place"])]);
  });
});

test.each([deepseek, harmony])("where a call is its tool's arguments, a certain tool's are held: $name", async (format) => {
  const answers = await Promise.all(seeds.map((seed) => ask(noise(seed, format), { tools: [...tools], toolChoice: { name: "get_weather" }, parallelToolCalls: false, seed, maxTokens: 400 })));
  expect(answers.filter((answer) => !isOnlyCall(answer))).toEqual([]);
});

describe("where a tool is strict", () => {
  const bad = '{"name": "get_weather", "arguments": {"city": "Rome", "when": 1}}';

  test("a call is held from its mark on, and what is around it is not", async () => {
    const answer = await ask(stubborn(`I look.\n<tool_call>${bad}</tool_call> Done.`), { tools: [...tools] });
    expect([answer.toolCalls.length, isCall(answer), answer.invalidToolCalls, answer.text.startsWith("I look.\n")]).toEqual([1, true, [], true]);
  });

  test("a reply that is a call is held once it names a tool", async () => {
    const answer = await ask(stubborn(bad, llama3), { tools: [...tools] });
    expect([answer.toolCalls.length, isCall(answer), answer.text]).toEqual([1, true, ""]);
  });

  test("JSON that is no call is text", async () => {
    expect((await ask(scripted('{"city": "Rome"}', llama3), { tools: [...tools] })).text).toBe('{"city": "Rome"}');
  });

  test("a mark in reasoning begins no call", async () => {
    const answer = await ask(scripted("a <tool_call>b</think>No.", hermes, thinkingTemplate), { tools: [...tools] });
    expect([answer.reasoning, answer.text, answer.toolCalls]).toEqual(["a <tool_call>b", "No.", []]);
  });

  test("every call of a reply is held", async () => {
    const answer = await ask(stubborn(`<tool_call>\n${bad}\n</tool_call>\n<tool_call>\n${bad}\n</tool_call>`), { tools: [...tools] });
    expect([answer.toolCalls.length > 0, isCall(answer), answer.invalidToolCalls]).toEqual([true, true, []]);
  });

  test("the same seed gives the same calls, and the limit of tokens holds", async () => {
    const run = async (maxTokens: number): Promise<Reply> => ask(noise(3, hermes), { tools: [...tools], toolChoice: "required", seed: 9, maxTokens });
    const [one, other, short] = [await run(120), await run(120), await run(5)];
    expect([one.toolCalls, one.text, one.finish]).toEqual([other.toolCalls, other.text, other.finish]);
    expect(short).toMatchObject({ toolCalls: [], invalidToolCalls: [{ message: "the call is cut off" }], finish: { reason: { unified: "length" }, usage: { outputTokens: 5 } } });
  });

  test("a call that is given up frees its sequence at once", async () => {
    const backend = new ScriptedBackend({ reply: "I look.<tool_call>", chatTemplate });
    const iterator = chat({ backend, prefixCache: false, format: hermes, temperature: 0 })({ messages, tools: [...tools] })[Symbol.asyncIterator]();
    for (let part = await iterator.next(); !part.done && part.value.type !== "tool-call-start"; ) part = await iterator.next();
    await iterator.return?.();
    expect(backend.statistics).toMatchObject({ sequences: 0, pending: 0 });
  });

  test("a schema that cannot be held is refused with its place, and that of another tool is held to an object", async () => {
    const odd: Tool = { name: "odd", parameters: { type: "object", not: { required: ["x"] } } };
    await expect(ask(scripted(""), { tools: [...tools, { ...odd, strict: true }] })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/^tools\[2\]\.parameters: .*"not" cannot be held/u) as string });
    const answer = await ask(scripted('{"x": [1]}}</tool_call>'), { tools: [odd], toolChoice: { name: "odd" }, parallelToolCalls: false });
    expect([answer.toolCalls[0]?.name, typeof answer.toolCalls[0]?.arguments]).toEqual(["odd", "object"]);
  });

  test("a format whose calls cannot be held refuses it", async () => {
    const spelled = defineFormat({ name: "spelled", calls: [{ open: "<call>", close: ["</call>"], forms: ["object"] }], writeCalls: (calls) => calls.map(({ name }) => `<call>${name}</call>`).join("") });
    await expect(collect(scripted("", spelled)({ messages, tools: [...tools] }))).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringMatching(/^llama: tools\[0\]\.strict: a call in the format spelled/u) as string });
    await expect(collect(scripted("", deepseek)({ messages, tools: [...tools] }))).rejects.toMatchObject({ message: expect.stringMatching(/name a single tool as toolChoice/u) as string });
  });
});
