import { collect } from "@iftk/core";
import { type ChatRequest, type Message, type Part, reply, type Reply } from "@iftk/inference";
import { type Backend, PrefixCache } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chat } from "./chat.js";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

const inUse = (): number => backend.statistics.sequences - PrefixCache.of(backend).keptSequences;

/** A conversation of some turns, and what each reply took. */
async function talk(turns: readonly string[], prefixCache: boolean): Promise<readonly Reply[]> {
  const stage = chat({ backend, prefixCache, temperature: 0, maxTokens: 60 });
  const messages: Message[] = [];
  const replies: Reply[] = [];
  for (const content of turns) {
    messages.push({ role: "user", content });
    const answer = await reply(stage({ messages }));
    messages.push(answer.message);
    replies.push(answer);
  }
  return replies;
}

const texts = (replies: readonly Reply[]): readonly string[] => replies.map(({ text }) => text);

test("a turn forwards what the turns before have not, and its reply is the same as without the cache", async () => {
  const turns = ["Tell me a story about a fox.", "What is a stage?", "What is a Channel?"];
  PrefixCache.of(backend).clear();
  const before = backend.statistics.tokens;
  const cached = await talk(turns, true);
  const forwarded = backend.statistics.tokens - before;
  const sum = (count: (usage: Reply["finish"]["usage"]) => number): number => cached.reduce((total, { finish }) => total + count(finish.usage), 0);
  // A reply that the model ends forwards all its tokens, one at its limit all but the last.
  const expected = sum(({ inputTokens, outputTokens, cachedInputTokens = 0 }) => inputTokens - cachedInputTokens + outputTokens) - cached.filter(({ finish }) => finish.reason.unified === "length").length;
  const last = cached[2]?.finish.usage;
  expect([texts(cached), forwarded, inUse()]).toEqual([texts(await talk(turns, false)), expected, 0]);
  expect((last?.cachedInputTokens ?? 0) / (last?.inputTokens ?? 1)).toBeGreaterThan(0.7);
});

test("conversations side by side get the replies that they get alone", async () => {
  // Texts that are told one word at a time may change with the batch that a pass is shared with, where two words are as likely.
  const questions = ["hi", "who are you?", "What is a Channel?", "what is backpressure?"];
  const conversations = questions.map((_, index) => [...questions.slice(index), ...questions.slice(0, index)]);
  const alone: (readonly string[])[] = [];
  for (const turns of conversations) alone.push(texts(await talk(turns, false)));
  const together = await Promise.all(conversations.map((turns) => talk(turns, true)));
  expect([together.map(texts), inUse()]).toEqual([alone, 0]);
});

test("conversations go on where the cells are used up by what is kept", async () => {
  await using small = await openLlama({ modelPath: tinyModelPath, cells: 512, maximumSequences: 8 });
  const stage = chat({ backend: small, temperature: 0, maxTokens: 4 });
  PrefixCache.of(small).limits.sequences = 6;
  const ask = (words: string): ChatRequest => ({ messages: [{ role: "user", content: `${words} `.repeat(60) }] });
  for (const words of ["fox", "bear", "bird", "cat", "dog", "fish", "cow"]) await reply(stage(ask(words)));
  await Promise.all(["one", "two", "three"].map((words) => reply(stage(ask(words)))));
  expect(small.statistics.sequences).toBe(PrefixCache.of(small).keptSequences);
});

test("several replies share their passes, and the first is the one that comes alone", async () => {
  const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story about a fox." }], temperature: 1, topP: 0.95, seed: 3, maxTokens: 30 };
  const stage = chat({ backend });
  const alone = await reply(stage(request));
  const before = backend.statistics.decodes;
  const parts = await collect(stage({ ...request, choices: 4 }));
  const said = [0, 1, 2, 3].map((choice) => parts.map((part) => (part.type === "text-delta" && (part.choice ?? 0) === choice ? part.text : "")).join(""));
  expect([said[0], new Set(said).size, inUse()]).toEqual([alone.text, 4, 0]);
  expect(backend.statistics.decodes - before).toBeLessThanOrEqual(31);
});

test("log-probabilities are those of the model, and spell the text", async () => {
  const parts = await collect(chat({ backend })({ messages: [{ role: "user", content: "Tell me a story about a fox." }], temperature: 0, maxTokens: 20, logprobs: 3 }));
  const told = parts.flatMap((part: Part) => (part.type === "text-delta" ? (part.logprobs ?? []) : []));
  const text = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
  expect(told.map(({ token }) => token).join("")).toBe(text);
  for (const { token, logprob, alternatives = [] } of told) expect([alternatives[0], alternatives.length, logprob <= 0]).toEqual([{ token, logprob }, 3, true]);
});
