import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, ForwardRows, RowsOptions } from "@iftk/inferlet";
import { openReference } from "@iftk/inferlet/reference";
import { inWholeFloats, sampleAdapter, sampleModel, type SampleModelOptions } from "@iftk/inferlet/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-agreement-"));
const model = readFileSync(tinyModelPath);

const prompts = ["hi", "who are you?", "What is a Channel?", "Tell me a story about a robot and a key.", "Extract the entities from: Ana met Leo in Paris.", "Make a little poem with a cat and a ring.", "what is backpressure?", "What can you do?"];

const tokensOf = (backend: Backend, prompt: string) => backend.tokenize(`<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`, { special: true });

/** The greatest difference of two numbers, of the logits and the embeddings; infinite when there are none. */
function apart([one, other]: readonly ForwardRows[]): number {
  const [numbers = [], others = []] = [one, other].map((rows) => [...(rows?.logits ?? []), ...(rows?.embeddings ?? [])]);
  let most = numbers.length === 0 || numbers.length !== others.length ? Infinity : 0;
  numbers.forEach((row, index) => row.forEach((value, place) => (most = Math.max(most, Math.abs(value - (others[index]?.[place] ?? NaN))))));
  return most;
}

function cosine(one: Float32Array, other: Float32Array): number {
  const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, place) => sum + value * (b[place] ?? NaN), 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

function likeliest(logits: Float32Array): number {
  return logits.reduce((best, value, token) => (value > (logits[best] ?? -Infinity) ? token : best), 0);
}

/** Opens a model, whose numbers are all whole floats, with both. */
async function openBoth(model: Uint8Array): Promise<readonly [reference: Backend, llama: Backend]> {
  const modelPath = join(folder, "model.gguf");
  writeFileSync(modelPath, model);
  return Promise.all([openReference({ model }), openLlama({ modelPath, cellType: "f32" })]);
}

/** What a backend gives for some rows of the tokens, in a sequence of its own. */
async function rowsOf(backend: Backend, tokens: ArrayLike<number>, options: RowsOptions = {}): Promise<ForwardRows> {
  const sequence = backend.openSequence();
  const rows = await sequence.forwardRows(tokens, { want: "both", ...options });
  sequence.release();
  return rows;
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("with weights and cells in whole floats, llama.cpp and the reference backend", () => {
  let both: readonly [reference: Backend, llama: Backend];
  beforeAll(async () => {
    both = await openBoth(inWholeFloats(model));
  });
  afterAll(() => Promise.all(both.map((backend) => backend.close())));

  test("give the same logits and embeddings in every row of a prompt", async () => {
    for (const prompt of prompts) {
      expect(apart(await Promise.all(both.map((backend) => rowsOf(backend, tokensOf(backend, prompt)))))).toBeLessThan(1e-3);
    }
  });

  test("give the same for tokens at random, far into the context", async () => {
    const tokens = Int32Array.from({ length: 600 }, (_, index) => (index * 2654435761) % 4096);
    expect(apart(await Promise.all(both.map((backend) => rowsOf(backend, tokens, { rows: [0, 99, 100, 511, 599] }))))).toBeLessThan(1e-3);
  });

  test("give the same with an adapter", async () => {
    const bytes = sampleAdapter(model);
    const rows = await Promise.all(both.map(async (backend) => rowsOf(backend, tokensOf(backend, "who are you?"), { adapters: [{ adapter: await backend.loadAdapter({ bytes }), scale: 0.7 }] })));
    expect(apart(rows)).toBeLessThan(1e-3);
  });

  test("give the same after a discard", async () => {
    const rows = await Promise.all(
      both.map(async (backend) => {
        const sequence = backend.openSequence();
        await sequence.forward(tokensOf(backend, "Tell me a story about a robot and a key."));
        await sequence.discard(4, 11);
        return sequence.forwardRows([100, 200], { want: "both" });
      }),
    );
    expect(apart(rows)).toBeLessThan(1e-3);
  });

  test("say the same greedily", async () => {
    for (const prompt of prompts) {
      const [one, other] = await Promise.all(
        both.map(async (backend) => {
          const sequence = backend.openSequence();
          const output: number[] = [];
          for (let input: ArrayLike<number> = tokensOf(backend, prompt); output.length < 60; input = output.slice(-1)) {
            output.push(likeliest(await sequence.forward(input)));
            if (backend.isEndOfGeneration(output.at(-1) ?? 0)) break;
          }
          sequence.release();
          return output;
        }),
      );
      expect(one).toEqual(other);
    }
  });
});

test("models of other shapes agree too", async () => {
  const shapes: readonly SampleModelOptions[] = [
    { hasOutput: true, tokens: ["abc"] },
    { values: { "llama.attention.head_count_kv": 4, "llama.rope.freq_base": 500_000.5, "llama.attention.layer_norm_rms_epsilon": 0.01 } },
    { values: { "llama.attention.head_count_kv": 1, "llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 2.5 } },
    { values: { "llama.embedding_length": 64, "llama.block_count": 3 } },
    { values: { "llama.embedding_length": 64 }, vectors: { "rope_freqs.weight": [1, 1, 1.5, 2, 3, 5, 8, 8] } },
  ];
  const tokens = Array.from({ length: 90 }, (_, index) => (index * 97) % 256);
  for (const shape of shapes) {
    const both = await openBoth(sampleModel(shape));
    expect(apart(await Promise.all(both.map((backend) => rowsOf(backend, tokens))))).toBeLessThan(1e-3);
    await Promise.all(both.map((backend) => backend.close()));
  }
});

// llama.cpp makes the states of tokens eight bits wide before it multiplies them with weights of eight bits.
test("with the weights of eight bits as they are shipped, both are nearly parallel and mostly choose the same", async () => {
  const [reference, llama] = await Promise.all([openReference({ model }), openLlama({ modelPath: tinyModelPath })]);
  let rows = 0;
  let same = 0;
  let least = 1;
  for (const prompt of prompts) {
    const tokens = tokensOf(reference, prompt);
    const [one, other] = [await rowsOf(reference, tokens), await rowsOf(llama, tokens)];
    for (const [row, logits] of one.logits.entries()) {
      const others = other.logits[row] as Float32Array;
      rows++;
      if (likeliest(logits) === likeliest(others)) same++;
      least = Math.min(least, cosine(logits, others), cosine(one.embeddings[row] as Float32Array, other.embeddings[row] as Float32Array));
    }
  }
  await Promise.all([reference.close(), llama.close()]);
  expect({ least, share: same / rows }).toEqual({ least: expect.closeTo(1, 2) as number, share: expect.closeTo(1, 1) as number });
});
