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
