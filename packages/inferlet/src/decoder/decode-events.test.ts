import { collect, type Stream } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { ScriptedBackend } from "../scripted-backend.js";
import { decodeEvents, Decoder, type DecoderOptions } from "./decoder.js";
import type { Event } from "./event.js";
import { decode, joined, told } from "./fixtures/decode.js";
import { defineFormat } from "./define-format.js";
import { deepseek, formatOf, generic, harmony, hermes, llama3, mistral } from "./formats.js";
import { callPrefix, toolAnswer, toolsPrompt } from "./tools-prompt.js";

const tools = [{ name: "add", description: "Sum", parameters: { type: "object" } }];
const call = '<tool_call>{"name":"add","arguments":{"a":1}}</tool_call>';

stageLaws("decodeEvents", {
  stage: () => decodeEvents({ format: hermes, tools }),
  input: ["<think>a</think>", "b", call, "c"],
  output: [
    { type: "thinking", text: "a" },
    { type: "thinking-done", text: "a" },
    { type: "text", text: "b" },
    { type: "tool-call-start", name: "add" },
    { type: "tool-call-delta", text: '{"a":1}' },
    { type: "tool-call", name: "add", arguments: { a: 1 } },
    { type: "text", text: "c" },
    { type: "done", text: "bc", reason: "stop" },
  ],
});

test("the reason is asked for at the end", async () => {
  let reason = "not yet";
  async function* pieces(): Stream<string> {
    yield "a";
    await Promise.resolve();
    reason = "length";
  }
  expect(await collect(decodeEvents({ reason: () => reason })(pieces()))).toEqual([{ type: "text", text: "a" }, { type: "done", text: "a", reason: "length" }]);
});

describe("of token batches", () => {
  const tokens = new ScriptedBackend({ reply: "" });

  test("the events are those of the text, whatever the batches, and characters stay whole", async () => {
    const text = `<think>🦊</think>ß${call}é`;
    const all = tokens.tokenize(text, { special: true });
    for (const size of [1, 2, 3, 7, 1000]) {
      const batches = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
      expect(joined(await collect(decodeEvents({ format: hermes, tools, tokens })(feed(...batches))))).toEqual(joined(decode([text], { format: hermes, tools })));
    }
  });

  test("a mark that is a token counts anywhere, other control tokens have no text", () => {
    const decoder = new Decoder({ format: hermes, tokens });
    const events = [...decoder.write(tokens.tokenize("a <think> b </think> c<|im_start|>d</think>", { special: true })), ...decoder.end()];
    expect(told(events)).toEqual(['text "a "', 'thinking "b"', 'thinking-done "b"', 'text "cd"', 'done "a cd"']);
  });

  test("a character that is cut off becomes U+FFFD", () => {
    const decoder = new Decoder({ tokens });
    expect([...decoder.write([0x61, 0xf0, 0x9f]), ...decoder.end("length")]).toEqual([{ type: "text", text: "a" }, { type: "text", text: "\uFFFD" }, { type: "done", text: "a\uFFFD", reason: "length" }]);
  });

  test("without a vocabulary they are refused", () => {
    expect(() => new Decoder().write([1])).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

test("the end of a reply comes once", () => {
  const decoder = new Decoder();
  decoder.end();
  expect(() => decoder.end()).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});

test("text is told as it comes, but for what may become a mark", () => {
  const decoder = new Decoder({ format: hermes, tools });
  expect(["Hi", " ", "you <tool", "s>", " <"].map((piece) => told(decoder.write(piece)))).toEqual([['text "Hi"'], ['text " "'], ['text "you "'], ['text "<tools>"'], ['text " "']]);
});

test("a call is told as it grows, with the name first and the arguments so far", () => {
  const pieces = ["<tool_call>\n{", '"name": "ad', 'd", "argu', 'ments": {"a', '": "x', 'y", "b": 1', "2}", "}\n</tool_", "call>"];
  const decoder = new Decoder({ format: hermes, tools, previews: true });
  expect(pieces.map((piece) => decoder.write(piece))).toEqual([
    [],
    [],
    [{ type: "tool-call-start", name: "add" }],
    [{ type: "tool-call-delta", text: '{"a', arguments: {} }],
    [{ type: "tool-call-delta", text: '": "x', arguments: { a: "x" } }],
    [{ type: "tool-call-delta", text: 'y", "b": 1', arguments: { a: "xy" } }],
    [{ type: "tool-call-delta", text: "2}", arguments: { a: "xy", b: 12 } }],
    [],
    [{ type: "tool-call", name: "add", arguments: { a: "xy", b: 12 } }],
  ]);
});

test("a call that is too long is invalid, and what follows is text", () => {
  const events = joined(decode([...`<tool_call>{"name":"add","arguments":{"a":"${"x".repeat(100)}`].concat("yyy</tool_call>"), { format: hermes, tools, maxCallLength: 60 }));
  expect(told(events)).toEqual(["start add", expect.stringMatching(/^invalid add ".{1,90}": .*longer than 6\d characters$/u), expect.stringMatching(/^text "x{10,}yyy<\/tool_call>"$/u), expect.stringMatching(/^done/u)]);
});

const long = 300_000;
const heavy: [string, DecoderOptions, string][] = [
  ["text", { format: hermes, tools }, "a <b ".repeat(long / 5)],
  ["white space", { format: llama3, tools }, " ".repeat(long)],
  ["thinking", { format: hermes }, `<think>${"\n< ".repeat(long / 3)}`],
  ["marks that open nothing", { format: hermes, tools }, "<tool_call>".repeat(long / 11)],
  ["calls whose strings never end", { format: hermes, tools }, '<tool_call>{"a</tool_call>'.repeat(long / 26)],
  ["calls that are broken", { format: hermes, tools }, '<tool_call>{"a" </tool_call>'.repeat(long / 28)],
  ["one long string", { format: hermes, tools, previews: true }, `<tool_call>{"name":"add","arguments":{"a":"${"</tool_call>".repeat(long / 12)}"}}</tool_call>`],
  ["white space after a call", { format: hermes, tools }, `<tool_call>{"name":"add"}${" ".repeat(long)}</tool_call>`],
  ["white space between calls", { format: llama3, tools }, `{"name":"add"};${" ".repeat(long)}`],
  ["a list of calls", { format: mistral, tools }, `[TOOL_CALLS][${'{"name":"add"},'.repeat(long / 15)}`],
  ["names without arguments", { format: mistral, tools }, "[TOOL_CALLS]a".repeat(long / 13)],
  ["headers", { format: harmony, tools }, "<|channel|>".repeat(long / 11)],
  ["braces", { format: llama3, tools }, "{".repeat(long)],
];

test.each(heavy)("%s of a third of a megabyte cost time linear in it, letter by letter and at once", (_name, options, text) => {
  expect(decode(text.split(""), options).at(-1)?.type).toBe("done");
  expect(decode([text], options).at(-1)?.type).toBe("done");
});

test("a format of your own is its marks", () => {
  const phi = defineFormat({
    name: "phi4-mini",
    calls: [{ open: "<|tool_call|>", close: ["<|/tool_call|>"], forms: ["list"] }],
    writeCalls: (calls) => `<|tool_call|>${JSON.stringify(calls)}<|/tool_call|>`,
  });
  expect(told(decode(['x<|tool_call|>[{"name":"add","arguments":{"a":1}}]<|/tool_call|>y'], { format: phi, tools }))).toEqual(['text "x"', "start add", 'arguments {"a":1}', 'call add {"a":1}', 'text "y"', 'done "xy"']);
});

test("a format of your own may be a reader", () => {
  const loud = defineFormat({ name: "loud", markers: [], read: (sink) => ({ write: (text) => sink.text(text.toUpperCase()), end: () => {} }), writeAnswer: (_name, value) => value });
  expect(told(decode(["a", "b"], { format: loud }))).toEqual(['text "A"', 'text "B"', 'done "AB"']);
});

test.each([
  ["an empty mark", { name: "x", thinking: [{ open: "", close: "b" }] }],
  ["marks that begin with one another", { name: "x", thinking: [{ open: "<a", close: "<ab" }] }],
  ["calls that nobody can write", { name: "x", calls: [{ open: "<a>", forms: ["object" as const] }] }],
])("a format with %s is refused", (_name, definition) => {
  expect(() => defineFormat(definition)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

test.each([
  [undefined, generic],
  ["{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}", generic],
  ["<|im_start|> {{ tools }} <tool_call>", hermes],
  ["<|start_header_id|>{{ role }}<|end_header_id|>", llama3],
  ["[INST] {{ x }} [/INST] [TOOL_CALLS]", mistral],
  ["<｜Assistant｜><think>\\n <tool_call>", deepseek],
  ["<|start|>assistant<|channel|>", harmony],
])("the format is known by the chat template: %s", (template, format) => {
  expect(formatOf(template)).toBe(format);
});

describe.each([hermes, llama3, mistral, deepseek, harmony])("a call written by $name", (format) => {
  test("is read back by it", () => {
    const calls = [{ name: "add", arguments: { a: 1 } }, { name: "add", arguments: { a: "</tool_call>" } }];
    const events = decode([(format.writeCalls as NonNullable<typeof format.writeCalls>)(calls)], { format, tools, prompt: "" });
    expect(events.filter(({ type }) => type === "tool-call")).toEqual(calls.map((each) => ({ type: "tool-call", ...each })));
  });

  test("is shown by the prompt that tells of tools", () => {
    const prompt = toolsPrompt(format, tools);
    expect([prompt.includes('{"name":"add","description":"Sum","parameters":{"type":"object"}}'), prompt.includes(format.writeCalls?.([{ name: "NAME", arguments: { ARGUMENT: "VALUE" } }]) ?? "-")]).toEqual([true, true]);
  });

  test("is begun by its prefix, which leaves the rest to the model", () => {
    const whole = format.writeCalls?.([{ name: "add", arguments: { a: 1 } }]) ?? "";
    const named = callPrefix(format, "add");
    expect([whole.startsWith(callPrefix(format)), whole.startsWith(named), named.endsWith("add")]).toEqual([true, true, true]);
  });

  test("is answered in its way", () => {
    expect(toolAnswer(format, "add", { sum: 2 })).toContain("sum");
  });
});

test("a format without tools has no prompt for them, but answers", () => {
  expect(() => toolsPrompt(generic, tools)).toThrow(expect.objectContaining({ code: "unimplemented", reason: "option" }));
  expect([toolAnswer(generic, "add", "two"), toolAnswer(hermes, "add", undefined)]).toEqual(["Result of add:\ntwo", "<tool_response>\nnull\n</tool_response>"]);
});

test("marks that are tokens of their own are text where they mean nothing to the one who asks", () => {
  const vocabulary = new ScriptedBackend({ reply: "" });
  const read = (options: DecoderOptions): readonly Event[] => {
    const decoder = new Decoder({ tokens: vocabulary, ...options });
    return [...decoder.write(vocabulary.tokenize("<think>a</think>b", { special: true })), ...decoder.end()];
  };
  expect(read({ reasoning: false }).at(-1)).toEqual({ type: "done", text: "<think>a</think>b", reason: "stop" });
  expect(read({}).at(-1)).toEqual({ type: "done", text: "b", reason: "stop" });
});
