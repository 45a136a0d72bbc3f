import { expect, test } from "vitest";
import { chatRequest } from "./chat.js";
import { readRequest } from "./read-request.js";

const messages = [{ role: "user", content: "hi" }];

test("a request has the defaults of its model for what it leaves out, also by undefined", () => {
  expect(readRequest(chatRequest, { model: "m", api: "v1", raw: { x: 1 }, temperature: 0.5, maxTokens: 9 } as never, { messages, maxTokens: 5, temperature: undefined })).toEqual({ messages, temperature: 0.5, maxTokens: 5 });
});

test("a request that is none is refused with its place", () => {
  expect(() => readRequest(chatRequest, { model: "m" }, { messages: "hi" })).toThrow(expect.objectContaining({ code: "invalid_argument", message: "messages: expected array, received string" }));
  expect(() => readRequest(chatRequest, { model: "m" }, 5)).toThrow("messages: expected array, received undefined");
});
