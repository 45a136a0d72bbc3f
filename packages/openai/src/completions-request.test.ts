import type { ChatRequest } from "@iftk/inference";
import type { OpenAI } from "openai";
import { expect, test } from "vitest";
import { completionRequest } from "./completions-request.js";
import { ask, hello } from "./fixtures/asked.js";

type Body = OpenAI.CompletionCreateParamsStreaming;
const server = { provider: "openai", isOwn: true };
const api = "completions";

test("the prompt is the text of the user's last message, with those of the system before it, and what is left out is warned of", async () => {
  const { body, path, parts } = await ask<Body>(
    {
      messages: [
        { role: "system", content: "Tell stories." },
        { role: "user", content: "Hello?" },
        { role: "assistant", content: "Hello!" },
        { role: "user", content: [{ type: "text", text: "Once upon" }, { type: "text", text: " a time" }] },
      ],
      maxTokens: 9, temperature: 1, topP: 0.5, frequencyPenalty: 0.5, presencePenalty: 0.5, seed: 1, stop: ["."], choices: 2, logprobs: 2,
    },
    { api, fake: { reply: { text: " there was", finish: "length" } } },
  );
  expect([path, body]).toEqual([
    "/v1/completions",
    {
      model: "gpt-x", prompt: "Tell stories.\n\nOnce upon a time", stream: true, stream_options: { include_usage: true },
      max_tokens: 9, temperature: 1, top_p: 0.5, frequency_penalty: 0.5, presence_penalty: 0.5, seed: 1, stop: ["."], n: 2, logprobs: 2,
    },
  ]);
  expect(parts.filter(({ type }) => type !== "text-delta")).toEqual([
    { type: "warning", message: "completions take one prompt: all messages but those of the system and the user's last are left out" },
    { type: "choice-finish", choice: 0, reason: { unified: "length", raw: "length" } },
    { type: "choice-finish", choice: 1, reason: { unified: "length", raw: "length" } },
    { type: "finish", reason: { unified: "length", raw: "length" }, usage: { inputTokens: 9, outputTokens: 12 }, response: { id: expect.stringMatching(/^cmpl-/) as string, model: "gpt-x:20230824-v2" } },
  ]);
  expect(parts.find(({ type }) => type === "text-delta")).toEqual({
    type: "text-delta",
    text: " there",
    logprobs: [{ token: " there", logprob: expect.any(Number) as number, alternatives: [{ token: " there", logprob: expect.any(Number) as number }, { token: "The", logprob: expect.any(Number) as number }] }],
  });
});

test.each<[string, Partial<ChatRequest>]>([
  ["tools", { tools: [{ name: "look", parameters: {} }] }],
  ["responseFormat", { responseFormat: { type: "json" } }],
  ['"image"', { messages: [{ role: "user", content: [{ type: "image", image: { url: "https://example.com/a.png" } }] }] }],
])("%s, which the API has not, is refused before anything is sent", (name, options) => {
  expect(() => completionRequest({ ...hello, ...options }, "gpt-x", server)).toThrow(expect.objectContaining({ code: "unimplemented", reason: "option", message: expect.stringContaining(name) as string }));
});

test("a request without a message of the user is refused", () => {
  expect(() => completionRequest({ messages: [{ role: "system", content: "Hm." }] }, "gpt-x", server)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});
