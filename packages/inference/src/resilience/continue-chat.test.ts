import { expect, test } from "vitest";
import type { ChatRequest, Part } from "../index.js";
import { askToContinue, continueChat } from "./index.js";

const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story." }], temperature: 0 };
const given: Part[] = [
  { type: "warning", message: "seed is ignored" },
  { type: "reasoning-delta", text: "A story." },
  { type: "text-delta", text: "Once " },
  { type: "text-delta", text: "upon" },
];

test("the reply so far becomes the beginning of the reply", () => {
  expect(continueChat(request, given)).toEqual({ ...request, messages: [...request.messages, { role: "assistant", content: "Once upon" }] });
});

test("a reply that the caller began is added to", () => {
  const begun: ChatRequest = { messages: [...request.messages, { role: "assistant", content: "Well: " }] };
  expect(continueChat(begun, given)?.messages.at(-1)).toEqual({ role: "assistant", content: [{ type: "text", text: "Well: " }, { type: "text", text: "Once upon" }] });
});

test("the beginning keeps the phases of its texts", () => {
  const labelled: Part[] = [...given, { type: "text-delta", text: "Well, ", phase: "commentary" }, { type: "text-delta", text: "a ", phase: "answer" }, { type: "text-delta", text: "fox", phase: "answer" }];
  const texts = [{ type: "text", text: "Well, ", phase: "commentary" }, { type: "text", text: "a fox", phase: "answer" }];
  const begun: ChatRequest = { messages: [...request.messages, { role: "assistant", content: "Well: " }] };
  expect([continueChat(request, labelled)?.messages.at(-1), continueChat(request, labelled.slice(-1))?.messages.at(-1), continueChat(begun, labelled.slice(-3))?.messages.at(-1)]).toStrictEqual([
    { role: "assistant", content: [{ type: "text", text: "Once upon" }, ...texts] },
    { role: "assistant", content: [{ type: "text", text: "fox", phase: "answer" }] },
    { role: "assistant", content: [{ type: "text", text: "Well: " }, ...texts] },
  ]);
});

test("a model that does not go on by itself is asked to", () => {
  expect(askToContinue("Go on.")(request, given)?.messages).toEqual([...request.messages, { role: "assistant", content: "Once upon" }, { role: "user", content: "Go on." }]);
});

test.for([
  ["after a tool call", request, [...given, { type: "tool-call-start", id: "1", name: "look" }]],
  ["before any text", request, given.slice(0, 2)],
  ["with several choices", { ...request, choices: 2 }, given],
  ["of JSON", { ...request, responseFormat: { type: "json" } }, given],
] as [string, ChatRequest, Part[]][])("there is no way to go on %s", ([, asked, parts]) => {
  expect([continueChat(asked, parts), askToContinue()(asked, parts)]).toEqual([undefined, undefined]);
});
