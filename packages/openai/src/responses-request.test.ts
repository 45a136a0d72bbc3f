import { parseChatRequest, reply as whole, type ChatRequest, type Message } from "@iftk/inference";
import { fakeOpenai, type FakeOpenaiReply } from "@iftk/testing/providers";
import type { OpenAI } from "openai";
import { expect, test } from "vitest";
import { ask, atOpenai, hello } from "./fixtures/asked.js";
import { responseRequest } from "./responses-request.js";

type Body = OpenAI.Responses.ResponseCreateParamsStreaming;
const server = { provider: "openai" };

test("a whole conversation is written as items, which the fake takes; it is the API of OpenAI by default", async () => {
  const { body, path } = await ask<Body>({
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image", image: { data: "AQID", mediaType: "image/png" } },
          { type: "file", file: { data: "JVBERg==", mediaType: "application/pdf" }, name: "a.pdf" },
          { type: "file", file: { url: "https://example.com/b.pdf" } },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", signature: "rs_1", encrypted: "gAAA" },
          { type: "reasoning", text: "Of another provider.", signature: "c2ln" },
          { type: "text", text: "I " },
          { type: "text", text: "look." },
          { type: "tool-call", id: "call_1", name: "look", arguments: { at: "it" } },
        ],
      },
      { role: "tool", toolCallId: "call_1", content: [{ type: "text", text: "a cat:" }, { type: "image", image: { url: "https://example.com/cat.png" }, detail: "high" }] },
    ],
  });
  expect([path, body]).toEqual([
    "/v1/responses",
    {
      model: "gpt-x",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      input: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: "data:image/png;base64,AQID", detail: "auto" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" },
            { type: "input_file", file_url: "https://example.com/b.pdf" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }], encrypted_content: "gAAA" },
        { role: "assistant", content: "I look." },
        { type: "function_call", call_id: "call_1", name: "look", arguments: '{"at":"it"}' },
        { type: "function_call_output", call_id: "call_1", output: [{ type: "input_text", text: "a cat:" }, { type: "input_image", image_url: "https://example.com/cat.png", detail: "high" }] },
      ],
    },
  ]);
});

test("texts are messages by their phases, in order; one without a phase is as it always was", async () => {
  const call = { type: "tool-call", id: "call_1", name: "look", arguments: {} } as const;
  const { body } = await ask<Body>({
    messages: [
      ...hello.messages,
      {
        role: "assistant",
        content: [
          { type: "text", text: "I ", phase: "commentary" },
          { type: "text", text: "look.", phase: "commentary" },
          { type: "text", text: "", phase: "answer" },
          call,
          { type: "text", text: "A ", phase: "answer" },
          { type: "text", text: "cat.", phase: "answer" },
          { type: "text", text: "Or " },
          { type: "text", text: "not." },
          { type: "text", text: "Hm.", phase: "commentary" },
        ],
      },
    ],
  });
  expect((body.input as object[]).slice(1)).toStrictEqual([
    { role: "assistant", content: "I look.", phase: "commentary" },
    { type: "function_call", call_id: "call_1", name: "look", arguments: "{}" },
    { role: "assistant", content: "A cat.", phase: "final_answer" },
    { role: "assistant", content: "Or not." },
    { role: "assistant", content: "Hm.", phase: "commentary" },
  ]);
});

test.each(["chat-completions", "completions"])("%s knows no phases, and is sent the texts alone", async (api) => {
  const messages = (phase?: "commentary" | "answer"): ChatRequest["messages"] => [
    ...(api === "completions" ? [] : [...hello.messages, { role: "assistant" as const, content: [{ type: "text" as const, text: "I look.", ...(phase && { phase }) }, { type: "text" as const, text: "A cat.", ...(phase && { phase: "answer" as const }) }] }]),
    ...hello.messages,
  ];
  const [labelled, plain] = [await ask({ messages: messages("commentary") }, { api }), await ask({ messages: messages() }, { api })];
  expect(labelled.body).toStrictEqual(plain.body);
});

test("every option is written, and what the API has not is warned of", async () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const { body, parts } = await ask<Body>(
    {
      maxTokens: 64, temperature: 0.5, topP: 0.9, topK: 4, frequencyPenalty: 1, presencePenalty: -1, seed: 7, logprobs: 2,
      tools: [{ name: "look", parameters: schema }], toolChoice: "required", parallelToolCalls: true,
      responseFormat: { type: "json", schema }, reasoning: { effort: "low", maxTokens: 9 },
    },
    { raw: { store: true, reasoning: { effort: "high", summary: "auto" } } },
  );
  const { input: _, ...rest } = body;
  expect(rest).toEqual({
    model: "gpt-x", stream: true, store: true, include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
    max_output_tokens: 64, temperature: 0.5, top_p: 0.9, top_logprobs: 2,
    tools: [{ type: "function", name: "look", parameters: schema, strict: false }], tool_choice: "required", parallel_tool_calls: true,
    text: { format: { type: "json_schema", name: "reply", schema, strict: false } },
    reasoning: { effort: "high", summary: "auto" },
  });
  expect(parts.flatMap((part) => (part.type === "warning" ? [part.message.replace(/ has no (\w+): it is ignored$/, ": $1")] : []))).toEqual([
    ...["topK", "frequencyPenalty", "presencePenalty", "seed"].map((name) => `the API of responses: ${name}`),
    "reasoning of responses: maxTokens",
  ]);
});

test.each([
  ["gpt-4.1-mini", {}, undefined],
  ["gpt-5-chat-latest", {}, undefined],
  ["gpt-5.2", {}, ["reasoning.encrypted_content"]],
  ["o3", {}, ["reasoning.encrypted_content"]],
  ["gpt-4-of-ours", { reasoning: { effort: "high" as const } }, ["reasoning.encrypted_content"]],
])("of the model %s with %j the reasoning is asked for: %j", (model, options, include) => {
  expect(responseRequest({ ...hello, ...options }, model, server).body.include).toEqual(include);
});

test.each<[string, Partial<ChatRequest>]>([
  ["stop", { stop: ["END"] }],
  ["choices", { choices: 2 }],
  ["audio", { messages: [{ role: "user", content: [{ type: "audio", audio: { data: "AAEC", mediaType: "audio/wav" } }] }] }],
])("%s, which the API has not, is refused before anything is sent", (name, options) => {
  expect(() => responseRequest({ ...hello, ...options }, "gpt-x", server)).toThrow(expect.objectContaining({ code: "unimplemented", reason: "option", message: expect.stringContaining(name) as string }));
});

test("a reply is sent back as it came: reasoning with its id and encrypted content, then the call and its result", async () => {
  await using fake = await fakeOpenai({ reply: (_, turn) => (turn === 0 ? { reasoning: "I must look.", toolCalls: [{ id: "call_1", name: "look", arguments: '{"at":"it"}' }] } : { text: "A cat." }) });
  const stage = atOpenai(fake).chat({ model: "gpt-5", tools: [{ name: "look", parameters: { type: "object" } }] });
  const first = await whole(stage(hello));
  const second = await whole(stage({ messages: [...hello.messages, first.message, { role: "tool", toolCallId: "call_1", content: "a cat" }] }));
  expect(second.text).toBe("A cat.");
  const inputs = fake.requests.map((request) => (request.json() as Body).input);
  expect(inputs[1]).toEqual([
    { role: "user", content: "Hello?" },
    { type: "reasoning", id: expect.stringMatching(/^rs_/) as string, summary: [{ type: "summary_text", text: "I must look." }], encrypted_content: expect.stringMatching(/^gAAAAABo2TA_/) as string },
    { type: "function_call", call_id: "call_1", name: "look", arguments: '{"at":"it"}' },
    { type: "function_call_output", call_id: "call_1", output: "a cat" },
  ]);
});

test("the phases of a reply go back with its texts, turn after turn", async () => {
  const replies: readonly FakeOpenaiReply[] = [
    { reasoning: "I must look.", commentary: "Let me look.", toolCalls: [{ id: "call_1", name: "look", arguments: "{}" }] },
    { commentary: "It has whiskers.", text: "A cat.", phase: "final_answer" },
    { text: "Bye.", phase: "final_answer" },
  ];
  await using fake = await fakeOpenai({ reply: (_, turn) => replies[turn] ?? {} });
  const stage = atOpenai(fake).chat({ model: "gpt-5.3-codex", tools: [{ name: "look", parameters: { type: "object" } }] });
  const messages: Message[] = [...hello.messages];
  const turns: readonly Message[] = [{ role: "tool", toolCallId: "call_1", content: "whiskers" }, { role: "user", content: "Thanks." }];
  const texts: string[] = [];
  for (const next of [...turns, undefined]) {
    const { message, text } = await whole(stage({ messages }));
    texts.push(text);
    messages.push(message, ...(next ? [next] : []));
  }
  const inputs = fake.requests.map((request) => (request.json() as Body).input);
  expect([texts, messages.at(-1)]).toEqual([["Let me look.", "It has whiskers.A cat.", "Bye."], { role: "assistant", content: [{ type: "text", text: "Bye.", phase: "answer" }] }]);
  expect(inputs.at(-1)).toEqual([
    { role: "user", content: "Hello?" },
    expect.objectContaining({ type: "reasoning" }),
    { role: "assistant", content: "Let me look.", phase: "commentary" },
    { type: "function_call", call_id: "call_1", name: "look", arguments: "{}" },
    { type: "function_call_output", call_id: "call_1", output: "whiskers" },
    { role: "assistant", content: "It has whiskers.", phase: "commentary" },
    { role: "assistant", content: "A cat.", phase: "final_answer" },
    { role: "user", content: "Thanks." },
  ]);
});

test("the phases survive a conversation that is kept as JSON", async () => {
  await using fake = await fakeOpenai({ reply: { commentary: "Hm.", text: "Hi.", phase: "final_answer" } });
  const stage = atOpenai(fake).chat({ model: "gpt-5.3-codex" });
  const { message } = await whole(stage(hello));
  const kept = JSON.parse(JSON.stringify({ messages: [...hello.messages, message, ...hello.messages] })) as unknown;
  await whole(stage(parseChatRequest(kept)));
  expect(fake.requests[1]?.json()).toMatchObject({ input: [{}, { content: "Hm.", phase: "commentary" }, { content: "Hi.", phase: "final_answer" }, {}] });
});
