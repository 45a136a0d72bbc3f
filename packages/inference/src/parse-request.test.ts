import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { parseChatRequest } from "./parse-request.js";

const messages = [{ role: "user", content: "hi" }];

const refusal = (value: unknown): [string, string] => {
  try {
    parseChatRequest(value);
  } catch (error) {
    return [StageError.from(error).code, StageError.from(error).message];
  }
  throw new Error("it was not refused");
};

test("a request is given as it is", () => {
  const request = { messages, maxTokens: 5, temperature: 0, topP: 1, seed: 7, stop: ["\n"] };
  expect(parseChatRequest(request)).toEqual(request);
});

test.each<[string, unknown, string]>([
  ["an unknown role", { messages: [{ role: "robot", content: "hi" }] }, 'messages[0].role: expected one of "system", "user", "assistant", "tool"'],
  ["a role that nothing is said of", { messages: [{ content: "hi" }] }, 'messages[0].role: expected one of "system", "user", "assistant", "tool"'],
  ["a path in the place of bytes", { messages: [{ role: "user", content: [{ type: "image", image: { path: "/etc/passwd" } }] }] }, "messages[0].content[0].image: data: expected Uint8Array or string, received undefined, or url: expected string, received undefined"],
  ["a kind of content that its role does not have", { messages: [{ role: "user", content: [{ type: "tool-call" }] }] }, 'messages[0].content[0].type: expected one of "text", "image", "audio", "file"'],
  ["a wrong type", { messages: [{ role: "user", content: 5 }] }, "messages[0].content: expected string or array, received number"],
  ["an unknown field", { messages, model: "x" }, 'request: unknown field "model"'],
  ["no messages", { messages: [] }, "messages: expected array to have >=1 items"],
  ["no request", undefined, "request: expected object, received undefined"],
  ["a number out of its range", { messages, temperature: 3 }, "temperature: expected number to be <=2"],
  ["two faults", { messages, temperature: 3, topP: 0 }, "temperature: expected number to be <=2 (and 1 more)"],
  ["an empty stop text", { messages, stop: ["a", ""] }, "stop[1]: expected string to have >=1 characters"],
])("%s is refused with its place and the reason", (_name, value, message) => {
  expect(refusal(value)).toEqual(["invalid_argument", message]);
});

test("the message is bounded and of one line, whatever the request", () => {
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${"x\n".repeat(500)}${index}`, 1]));
  const [, message] = refusal({ messages: Array.from({ length: 1000 }, () => ({})), ...fields });
  const [, onlyFields] = refusal({ messages, ...fields });
  expect([message.length <= 300, onlyFields.length <= 300, /\n/u.test(message + onlyFields)]).toEqual([true, true, false]);
});
