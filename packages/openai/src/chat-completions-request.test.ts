import type { Message } from "@iftk/inference";
import type { OpenAI } from "openai";
import { describe, expect, test } from "vitest";
import { chatCompletionRequest } from "./chat-completions-request.js";
import { ask, hello } from "./fixtures/asked.js";

type Body = OpenAI.ChatCompletionCreateParamsStreaming;
const server = { provider: "openai", isOwn: true };
const api = "chat-completions";

const conversation: readonly Message[] = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "What is this?" },
      { type: "image", image: { data: new Uint8Array([1, 2, 3]), mediaType: "image/png" }, detail: "low" },
      { type: "image", image: { url: "https://example.com/a.jpg" } },
      { type: "audio", audio: { data: "AAEC", mediaType: "audio/wav" } },
      { type: "file", file: { data: "JVBERg==", mediaType: "application/pdf" } },
    ],
  },
  { role: "assistant", content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "I look." }, { type: "tool-call", id: "call_1", name: "look", arguments: { at: "it" } }] },
  { role: "tool", toolCallId: "call_1", content: "a cat" },
  { role: "assistant", content: [{ type: "tool-call", id: "call_2", name: "look", arguments: {} }] },
  { role: "tool", toolCallId: "call_2", content: [{ type: "text", text: "a dog" }] },
  { role: "assistant", content: "A cat." },
];

test("a whole conversation is written in the fields of chat completions, which the fake takes", async () => {
  const { body, path } = await ask<Body>({ messages: [...conversation] }, { api });
  expect([path, body]).toEqual([
    "/v1/chat/completions",
    {
      model: "gpt-x",
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AQID", detail: "low" } },
            { type: "image_url", image_url: { url: "https://example.com/a.jpg" } },
            { type: "input_audio", input_audio: { data: "AAEC", format: "wav" } },
            { type: "file", file: { filename: "file.pdf", file_data: "data:application/pdf;base64,JVBERg==" } },
          ],
        },
        { role: "assistant", content: "I look.", tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"it"}' } }] },
        { role: "tool", tool_call_id: "call_1", content: "a cat" },
        { role: "assistant", content: null, tool_calls: [{ id: "call_2", type: "function", function: { name: "look", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "a dog" }] },
        { role: "assistant", content: "A cat." },
      ],
    },
  ]);
});

test("every option is written, and what OpenAI has not is warned of", async () => {
  const parameters = { type: "object", properties: {}, required: [], additionalProperties: false };
  const { body, parts } = await ask<Body>(
    {
      maxTokens: 64, temperature: 0.5, topP: 0.9, topK: 4, frequencyPenalty: 1, presencePenalty: -1, seed: 7, stop: ["END"], choices: 2, logprobs: 3,
      tools: [{ name: "look", description: "Looks.", parameters, strict: true }], toolChoice: { name: "look" }, parallelToolCalls: false,
      responseFormat: { type: "json", schema: parameters, name: "answer", description: "The answer." }, reasoning: { effort: "low", maxTokens: 9 },
    },
    { api, raw: { verbosity: "low", seed: 8 } },
  );
  const { messages: _, ...rest } = body;
  expect(rest).toEqual({
    model: "gpt-x", stream: true, stream_options: { include_usage: true },
    max_completion_tokens: 64, temperature: 0.5, top_p: 0.9, frequency_penalty: 1, presence_penalty: -1, seed: 8, stop: ["END"], n: 2, logprobs: true, top_logprobs: 3,
    tools: [{ type: "function", function: { name: "look", description: "Looks.", parameters, strict: true } }],
    tool_choice: { type: "function", function: { name: "look" } },
    parallel_tool_calls: false,
    response_format: { type: "json_schema", json_schema: { name: "answer", description: "The answer.", schema: parameters, strict: true } },
    reasoning_effort: "low", verbosity: "low",
  });
  expect(parts.slice(0, 2)).toEqual([
    { type: "warning", message: "OpenAI has no topK: it is ignored" },
    { type: "warning", message: "reasoning of chat completions has no maxTokens: it is ignored" },
  ]);
});

test("a compatible server is asked with max_tokens and top_k, and is given reasoning back beside calls", async () => {
  const { body } = await ask<Body>({ messages: [...conversation].filter(({ role }) => role !== "user"), maxTokens: 5, topK: 4 }, { fake: { isCompatible: true } });
  expect(body).toMatchObject({ max_tokens: 5, top_k: 4, messages: [{}, { role: "assistant", content: "I look.", reasoning_content: "Hm." }, {}, { role: "assistant", content: null }, {}, {}] });
  expect(body).not.toHaveProperty("max_completion_tokens");
});

test.each(["chat-completions", "completions"])("a reply that raw fields want whole is asked for without the options of a stream: %s", async (name) => {
  const { body, parts } = await ask<Body>({}, { api: name, raw: { stream: false }, fake: { reply: { text: "Hi" } } });
  expect([body.stream, "stream_options" in body, parts]).toMatchObject([false, false, [{ type: "text-delta", text: "Hi" }, { type: "finish", reason: { unified: "stop" } }]]);
});

describe("what only goes with tools", () => {
  test.each([
    [{ parallelToolCalls: true }, {}],
    [{ toolChoice: "none" as const }, {}],
    [{ toolChoice: "required" as const }, { tool_choice: "required" }],
  ])("%j is written without tools as %j", (options, written) => {
    const { messages: _, model: __, stream: ___, stream_options: ____, ...rest } = chatCompletionRequest({ ...hello, ...options }, "gpt-x", server).body;
    expect(rest).toEqual(written);
  });
});

test.each<[string, Message, string]>([
  ["a file by its URL", { role: "user", content: [{ type: "file", file: { url: "https://example.com/a.pdf" } }] }, "a file cannot be given by its URL"],
  ["audio by its URL", { role: "user", content: [{ type: "audio", audio: { url: "https://example.com/a.wav" } }] }, "audio in a message cannot be given by its URL"],
  ["audio of another format", { role: "user", content: [{ type: "audio", audio: { data: "AAEC", mediaType: "audio/ogg" } }] }, "audio of type audio/ogg"],
  ["an image as the result of a tool", { role: "tool", toolCallId: "call_1", content: [{ type: "image", image: { url: "https://example.com/a.png" } }] }, "an image cannot be the result of a tool"],
])("%s is refused before anything is sent", (_, message, words) => {
  const write = () => chatCompletionRequest({ messages: [message] }, "gpt-x", server);
  expect(write).toThrow(expect.objectContaining({ code: "unimplemented", reason: "option", message: expect.stringContaining(`openai: ${words}`) as string }));
});

test("a result without the id of its call is refused", () => {
  expect(() => chatCompletionRequest({ messages: [{ role: "tool", content: "a cat" }] }, "gpt-x", server)).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("toolCallId") as string }));
});
