import { macrotask } from "@iftk/core/authoring";
import { getEventListeners } from "node:events";
import type { Backend, Sequence } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openLlama({ modelPath: tinyModelPath });
});
afterAll(() => backend.close());


function promptOf(text: string): Int32Array {
  return backend.tokenize(`<|im_start|>user\n${text}<|im_end|>\n<|im_start|>assistant\n`, { special: true });
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  return best;
}

/** Tokens that follow the prompt greedily. */
async function continueGreedily(sequence: Sequence, prompt: ArrayLike<number>, count: number): Promise<number[]> {
  const output: number[] = [];
  let input = prompt;
  while (output.length < count) {
    const token = argmax(await sequence.forward(input));
    output.push(token);
    if (backend.isEndOfGeneration(token)) break;
    input = [token];
  }
  return output;
}

function textOf(tokens: readonly number[]): string {
  return Buffer.concat(tokens.map((token) => backend.tokenBytes(token))).toString("utf8");
}

/** What a fresh sequence gives after these tokens. */
async function logitsOf(tokens: readonly number[]): Promise<Float32Array> {
  const sequence = backend.openSequence();
  const logits = (await sequence.forward(tokens)).slice();
  sequence.release();
  return logits;
}

function greatestDifference(one: Float32Array, other: Float32Array): number {
  return one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] ?? NaN))), 0);
}

/** The weights are eight bits wide: a sum in another order shifts logits by up to 0.3, a wrong token by 2 and more. */
const rounding = 0.5;

test("the model is what its file says", () => {
  const { name, vocabularySize, contextSize, maximumSequences, specialTokens, chatTemplate } = backend;
  expect({ name, vocabularySize, contextSize, maximumSequences, specialTokens }).toEqual({
    name: "IFTK Tiny",
    vocabularySize: 4096,
    contextSize: 1024,
    maximumSequences: 64,
    specialTokens: { begin: "<|endoftext|>", end: "<|im_end|>" },
  });
  expect(chatTemplate).toContain("<|im_start|>");
});

test("it answers", async () => {
  const sequence = backend.openSequence();
  const tokens = await continueGreedily(sequence, promptOf("who are you?"), 60);
  sequence.release();
  expect(textOf(tokens)).toMatch(/Tiny/);
  expect(backend.isEndOfGeneration(tokens.at(-1) ?? -1)).toBe(true);
});

test("conversations at once share passes, and each hears of its own tokens alone", async () => {
  const prompts = ["hi", "who are you?", "What is a Channel?", "Tell me a story about a robot and a key."].map(promptOf);
  const told: number[][] = [];
  for (const prompt of prompts) {
    const sequence = backend.openSequence();
    told.push(await continueGreedily(sequence, prompt, 60));
    sequence.release();
  }
  /** Says what was told, so that no rounding leads elsewhere, and gives the logits after each token. */
  const say = async (prompt: Int32Array, index: number): Promise<Float32Array[]> => {
    const sequence = backend.openSequence();
    const rows = [(await sequence.forward(prompt)).slice()];
    for (const token of told[index] ?? []) rows.push((await sequence.forward([token])).slice());
    sequence.release();
    return rows;
  };
  const alone: Float32Array[][] = [];
  const before = backend.statistics;
  for (const [index, prompt] of prompts.entries()) alone.push(await say(prompt, index));
  const between = backend.statistics;
  const together = await Promise.all(prompts.map(say));
  const after = backend.statistics;

  const differences = together.flatMap((rows, index) => rows.map((row, step) => greatestDifference(row, alone[index]?.[step] ?? new Float32Array())));
  expect(Math.max(...differences)).toBeLessThan(2 * rounding);
  expect(after.tokens - between.tokens).toBe(between.tokens - before.tokens);
  const longest = Math.max(...together.map(({ length }) => length));
  expect(after.decodes - between.decodes).toBeLessThanOrEqual(longest + prompts.length);
  expect(between.decodes - before.decodes).toBe(alone.flat().length);
});

test("a fork goes on as a sequence computed anew would, and neither disturbs the other", async () => {
  const prompt = [...promptOf("hi")];
  const sequence = backend.openSequence();
  await sequence.forward(prompt);
  const before = backend.statistics.tokens;
  const fork = sequence.fork();
  expect([fork.length, backend.statistics.tokens]).toEqual([prompt.length, before]);
  const [one, other] = await Promise.all([[sequence, 300] as const, [fork, 400] as const].map(async ([branch, token]) => (await branch.forward([token])).slice()));
  sequence.release();
  const later = (await fork.forward([500])).slice();
  fork.release();

  expect(greatestDifference(one as Float32Array, await logitsOf([...prompt, 300]))).toBeLessThan(rounding);
  expect(greatestDifference(other as Float32Array, await logitsOf([...prompt, 400]))).toBeLessThan(rounding);
  expect(greatestDifference(later, await logitsOf([...prompt, 400, 500]))).toBeLessThan(rounding);
});

test("sequences can be forked, trimmed and released while a pass of another one runs", async () => {
  const tokens = Array.from({ length: 60 }, (_, index) => 300 + index);
  const sequence = backend.openSequence();
  await sequence.forward(tokens);
  const other = backend.openSequence();
  const pass = other.forward(Array.from({ length: 500 }, (_, index) => 20 + index));
  await macrotask();
  const fork = sequence.fork();
  sequence.trim(10);
  const forkOfTrimmed = sequence.fork();
  sequence.release();
  const reopened = backend.openSequence();
  expect([fork.length, forkOfTrimmed.length, reopened.length]).toEqual([60, 10, 0]);
  const logits = await Promise.all([fork, forkOfTrimmed, reopened].map(async (branch) => (await branch.forward([7])).slice()));
  await pass;
  for (const branch of [fork, forkOfTrimmed, reopened, other]) branch.release();

  const expected = [await logitsOf([...tokens, 7]), await logitsOf([...tokens.slice(0, 10), 7]), await logitsOf([7])];
  expect(logits.map((row, index) => greatestDifference(row, expected[index] as Float32Array) < rounding)).toEqual([true, true, true]);
});

test("after a trim the rest is as if it had never been", async () => {
  const sequence = backend.openSequence();
  const tokens = [...promptOf("Tell me a story.")];
  await sequence.forward(tokens);
  await sequence.forward([50, 60, 70]);
  sequence.trim(tokens.length);
  expect(sequence.length).toBe(tokens.length);
  const redone = (await sequence.forward([80])).slice();
  sequence.trim(0);
  const fromNothing = (await sequence.forward([90])).slice();
  sequence.release();
  expect(greatestDifference(redone, await logitsOf([...tokens, 80]))).toBeLessThan(rounding);
  expect(greatestDifference(fromNothing, await logitsOf([90]))).toBeLessThan(rounding);
});

test("the event loop goes on during a long prompt", async () => {
  const sequence = backend.openSequence();
  let isDone = false;
  let turns = 0;
  const pass = sequence.forward(new Int32Array(1000).fill(100)).then(() => (isDone = true));
  while (!isDone) {
    await macrotask();
    turns++;
  }
  await pass;
  sequence.release();
  expect(turns).toBeGreaterThan(100);
});

test("a long prompt does not hold up a conversation", async () => {
  const talking = backend.openSequence();
  const reading = backend.openSequence();
  await talking.forward(promptOf("hi"));
  let isRead = false;
  const prompt = reading.forward(new Int32Array(1000).fill(100)).then(() => (isRead = true));
  let steps = 0;
  while (!isRead) {
    await talking.forward([100 + steps]);
    steps++;
  }
  await prompt;
  talking.release();
  reading.release();
  expect(steps).toBeGreaterThan(10);
});

test("several prompts longer than a pass are read side by side", async () => {
  await using small = await openLlama({ modelPath: tinyModelPath, batchSize: 32, maximumSequences: 4 });
  const prompts = [90, 33, 71, 1].map((length, index) => Array.from({ length }, (_, position) => 50 + position + index));
  const logits = await Promise.all(prompts.map(async (prompt) => (await small.openSequence().forward(prompt)).slice()));
  const expected = await Promise.all(prompts.map(logitsOf));
  expect(logits.map((row, index) => greatestDifference(row, expected[index] as Float32Array) < rounding)).toEqual([true, true, true, true]);
  expect(small.statistics).toEqual({ decodes: expect.any(Number) as number, tokens: 195, sequences: 4, pending: 0 });
  expect(small.statistics.decodes).toBeLessThan(12);
});

test("tokens of a text give its bytes back", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constant("a\0b\ud800c")), (text) => {
      const bytes = Buffer.concat([...backend.tokenize(text)].map((token) => backend.tokenBytes(token, { special: true })));
      expect(bytes.toString("utf8")).toBe(text.toWellFormed());
    }),
    { numRuns: 300 },
  );
});

test("control tokens are recognised and written only when asked for", () => {
  const [token = -1, ...others] = backend.tokenize("<|im_end|>", { special: true });
  expect(others).toEqual([]);
  expect(backend.tokenize("<|im_end|>").length).toBeGreaterThan(1);
  expect([backend.tokenBytes(token).length, Buffer.from(backend.tokenBytes(token, { special: true })).toString()]).toEqual([0, "<|im_end|>"]);
  expect([backend.isEndOfGeneration(token), backend.isEndOfGeneration(300)]).toEqual([true, false]);
});

test("what is no token, and a text too long to tokenize at once, are refused", () => {
  for (const token of [-1, 4096, 1.5, NaN]) {
    expect(() => backend.tokenBytes(token)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => backend.isEndOfGeneration(token)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  }
  expect(() => backend.tokenize("a".repeat(2 ** 20 + 1))).toThrow(expect.objectContaining({ code: "invalid_argument", reason: "too-large" }));
  expect(backend.tokenize("")).toEqual(new Int32Array(0));
});

test("signals keep no listener of calls that are settled", async () => {
  const { signal } = new AbortController();
  const sequence = backend.openSequence();
  const pass = sequence.forward(promptOf("hi"), { signal });
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await pass;
  for (let token = 0; token < 20; token++) await sequence.forward([token], { signal });
  sequence.release();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
