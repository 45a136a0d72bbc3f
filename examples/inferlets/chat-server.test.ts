import { from } from "@iftk/core";
import { type Backend, ChatTemplate } from "@iftk/inferlet";
import { createRuntime } from "@iftk/inferlet/runtime";
import type { Inferlet } from "@iftk/inferlet/session";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatServer } from "./chat-server.js";
import { runOver } from "./run-inferlet.js";

const stop = new AbortController();
let backend: Backend;
let client: OpenAI;
let running: Promise<unknown>;
beforeAll(async () => {
  backend = await openLlama({ modelPath: tinyModelPath });
  const url = await new Promise<string>((resolve, reject) => {
    running = runOver(chatServer, { backend, input: "0", signal: stop.signal, onSend: resolve });
    running.catch(reject);
  });
  client = new OpenAI({ apiKey: "none", baseURL: url.trim(), maxRetries: 0 });
});
afterAll(async () => {
  stop.abort();
  await running.catch(() => {});
  await backend.close();
});

const request = { model: "local", temperature: 0, messages: [{ role: "system", content: "You are a helpful assistant." }, { role: "user", content: "Tell me a story about a fox." }] } satisfies OpenAI.ChatCompletionCreateParamsNonStreaming;

test("the official client reads a reply whole and in pieces, and both are the same", async () => {
  const whole = await client.chat.completions.create(request);
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) chunks.push(chunk);
  const [choice] = whole.choices;
  expect(chunks.length).toBeGreaterThan(10);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content).join("")).toBe(choice?.message.content);
  expect([chunks.at(-1)?.choices[0]?.finish_reason, chunks.at(-1)?.usage]).toEqual([choice?.finish_reason, whole.usage]);
});

test("what was used adds up: the tokens of the prompt as the template writes it, and those of the reply", async () => {
  const { usage, choices: [choice] } = await client.chat.completions.create({ ...request, max_completion_tokens: 12 });
  const prompt = new ChatTemplate(backend).render(request.messages).tokens.length;
  expect([usage, choice?.finish_reason]).toEqual([{ prompt_tokens: prompt, completion_tokens: 12, total_tokens: prompt + 12 }, "length"]);
});

test("the bytes end with the mark of the end", async () => {
  const response = await client.chat.completions.create({ ...request, max_completion_tokens: 4, stream: true }).asResponse();
  expect([response.headers.get("content-type"), (await response.text()).endsWith("\n\ndata: [DONE]\n\n")]).toEqual(["text/event-stream", true]);
});

test("a client that leaves stops the model", async () => {
  const { usage } = await client.chat.completions.create(request);
  const { tokens: before } = backend.statistics;
  let chunks = 0;
  for await (const _ of await client.chat.completions.create({ ...request, stream: true })) if (++chunks === 3) break;
  await expect.poll(() => backend.statistics.sequences).toBe(0);
  const { prompt_tokens = 0, completion_tokens = 0 } = usage ?? {};
  expect(backend.statistics.tokens - before - prompt_tokens).toBeLessThan(completion_tokens / 2);
});

test("a reply that is aborted computes one more token at most", async () => {
  const program = chatServer.others?.["reply"] as (args: unknown) => Inferlet;
  await using runtime = createRuntime({ registry: [{ name: "reply", version: "1.0.0", program }], models: { tiny: backend } });
  const controller = new AbortController();
  let [pieces, before] = [0, 0];
  const read = async (): Promise<void> => {
    for await (const _ of runtime.spawnStage("reply", { ...request, max_completion_tokens: 256 })(from([]), { signal: controller.signal })) {
      if (++pieces < 3) continue;
      before = backend.statistics.tokens;
      controller.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ name: "AbortError" });
  await runtime.close();
  expect([pieces, backend.statistics.sequences, backend.statistics.tokens - before <= 1]).toEqual([3, 0, true]);
});

test.each([[{ ...request, messages: [] }], [{ ...request, messages: [{ role: "release", content: "" }] }]])("a request that cannot be is refused with 400 %#", async (bad) => {
  await expect(client.chat.completions.create(bad as typeof request)).rejects.toMatchObject({ status: 400, type: "invalid_request_error" });
});
