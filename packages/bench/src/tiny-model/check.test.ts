import { expect, test } from "vitest";
import { check, holds } from "./check.js";

const cases: [string, object, string, boolean][] = [
  ["every word that was asked for", { kind: "includes", all: ["fox", "Ana"] }, "Ana met a Fox.", true],
  ["a word that is missing", { kind: "includes", all: ["fox", "owl"] }, "Ana met a fox.", false],
  ["one of several words", { kind: "includes", any: ["hello", "hi"] }, "Hello!", true],
  ["a story that is too short", { kind: "includes", all: ["fox"], words: 9 }, "A fox ran.", false],
  ["a summary of two sentences", { kind: "includes", sentences: 2 }, "One is one. \"Two!\" said Leo.", false],
  ["an exact text", { kind: "exact", text: "FOX" }, " FOX\n", true],
  ["an exact text that differs", { kind: "exact", text: "FOX" }, "FOX.", false],
  ["the end of a text", { kind: "ending", text: "So two words." }, "A 1, b 2. So two words.", true],
  ["the last number", { kind: "number", value: 12 }, "5 + 7 = 12.", true],
  ["no number", { kind: "number", value: 12 }, "twelve", false],
  ["an answer on topic", { kind: "topic", words: ["a", "stage", "is", "one", "step"] }, "A stage is one step.", true],
  ["an answer beside the topic", { kind: "topic", words: ["a", "stage", "is", "one", "step"] }, "A fox is one animal here.", false],
  ["JSON", { kind: "json" }, '{"a":1}', true],
  ["text that is no JSON", { kind: "json" }, '{"a":1', false],
  ["a JSON value, whatever the order of keys", { kind: "json-value", value: { a: 1, b: [2] } }, '{"b":[2],"a":1}', true],
  ["another order of a list", { kind: "json-value", value: [1, 2] }, "[2,1]", false],
  ["an outline with its characters", { kind: "outline", characters: ["Ana"] }, '{"title":"T","characters":["Ana the fox"],"scenes":["one"]}', true],
  ["an outline without its character", { kind: "outline", characters: ["Leo"] }, '{"title":"T","characters":["Ana the fox"],"scenes":["one"]}', false],
  ["a list of a kind", { kind: "list", of: ["red", "blue"], count: 2 }, "1. red\n2. blue", true],
  ["a list that repeats itself", { kind: "list", of: ["red", "blue"], count: 2 }, "1. red\n2. red", false],
  ["a call in the style of Hermes", { kind: "call-json" }, '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>', true],
  ["a call that is cut", { kind: "call-json" }, '<tool_call>\n{"name": "add", "arguments": {"a": 1}}', false],
  ["a call with its arguments", { kind: "call", name: "add", arguments: { a: 1, b: 2 } }, '<tool_call>\n{"name": "add", "arguments": {"b": 2, "a": 1}}\n</tool_call>', true],
  ["a call with other arguments", { kind: "call", name: "add", arguments: { a: 1 } }, '<tool_call>\n{"name": "add", "arguments": {"a": 2}}\n</tool_call>', false],
  ["a call that mentions a result", { kind: "call", name: "send", includes: { to: "Ana" }, mentions: ["rainy"] }, '<tool_call>\n{"name": "send", "arguments": {"to": "Ana", "text": "It is rainy."}}\n</tool_call>', true],
  ["an answer without a call", { kind: "no-call" }, "Hello!", true],
  ["a call where none helps", { kind: "no-call" }, "<tool_call>\n{}\n</tool_call>", false],
];

test.each(cases)("%s", (_name, condition, answer, expected) => {
  expect(holds(check.parse({ row: "row", ...condition }), answer)).toBe(expected);
});
