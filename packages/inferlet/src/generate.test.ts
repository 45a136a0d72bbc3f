import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { generate, type GenerateOptions } from "./generate.js";
import { greedy } from "./sampler.js";
import { ScriptedBackend } from "./scripted-backend.js";

interface Generated {
  readonly text: string;
  readonly end: unknown;
}

async function run(backend: ScriptedBackend, prompt: string, options: Omit<GenerateOptions, "sampler"> = {}): Promise<Generated> {
  const sequence = backend.openSequence();
  const tokens = generate(backend, sequence, backend.tokenize(prompt), { sampler: greedy(), ...options });
  let text = "";
  for (;;) {
    const { done, value } = await tokens.next();
    if (done) return { text, end: value };
    text += String.fromCharCode(value);
  }
}

const hello = (): ScriptedBackend => new ScriptedBackend({ reply: "hello" });

test("it yields what the model says and returns the token that ended it", async () => {
  const backend = hello();
  expect(await run(backend, "hi")).toEqual({ text: "hello", end: { type: "end-token", token: 257 } });
  expect(backend.statistics).toEqual({ decodes: 6, tokens: 7, sequences: 1, pending: 0 });
});

test("at the most tokens it ends, and the last of them is not decoded", async () => {
  const backend = hello();
  expect(await run(backend, "hi", { maxTokens: 2 })).toEqual({ text: "he", end: { type: "max-tokens" } });
  expect(backend.statistics.tokens).toBe(3);
});

test("it ends at a full context, after the token that needed no more room", async () => {
  const backend = new ScriptedBackend({ reply: "hello", contextSize: 4 });
  expect(await run(backend, "hi")).toEqual({ text: "hel", end: { type: "context" } });
});

test("a prompt beyond the context is refused by the sequence", async () => {
  const backend = new ScriptedBackend({ reply: "hello", contextSize: 4 });
  await expect(run(backend, "hello")).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length" });
});

test("a prompt without tokens is refused", async () => {
  await expect(run(hello(), "")).rejects.toMatchObject({ code: "invalid_argument" });
});

test("a token is decoded when the next one is asked for, not before", async () => {
  const backend = hello();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: greedy() });
  const decodes = [backend.statistics.decodes];
  for (let count = 0; count < 3; count++) {
    await tokens.next();
    await new Promise((resolve) => setTimeout(resolve, 0));
    decodes.push(backend.statistics.decodes);
  }
  expect(decodes).toEqual([0, 1, 2, 3]);
});

test("an abort rejects a pass that hangs, with its reason", async () => {
  const backend = hello();
  const abort = new AbortController();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: greedy(), signal: abort.signal });
  await tokens.next();
  backend.hang();
  const pending = tokens.next();
  const reason = new Error("enough");
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect(backend.statistics.pending).toBe(0);
});

test("an abort between tokens rejects the next read without another pass", async () => {
  const backend = hello();
  const abort = new AbortController();
  const tokens = generate(backend, backend.openSequence(), backend.tokenize("hi"), { sampler: greedy(), signal: abort.signal });
  await tokens.next();
  abort.abort();
  await expect(tokens.next()).rejects.toMatchObject({ name: "AbortError" });
  expect(backend.statistics.decodes).toBe(1);
});

test("an error of the model arrives untouched", async () => {
  const backend = hello();
  const error = new StageError("resource_exhausted", "no cells");
  backend.failNext(error);
  await expect(run(backend, "hi")).rejects.toBe(error);
});
