import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "@iftk/core";
import { Adapter, adapterTargets, type AppliedAdapter, type Backend, generate, logprobs, loraFile, readLoraFile, Sampler, zo } from "@iftk/inferlet";
import { openReference } from "@iftk/inferlet/reference";
import { turns } from "@iftk/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
let model: Uint8Array;
beforeAll(async () => {
  model = await readFile(tinyModelPath);
  backend = await openLlama({ modelPath: tinyModelPath });
});
afterAll(() => backend.close());

const prompt = "<|im_start|>user\nwho are you?<|im_end|>\n<|im_start|>assistant\n";
const wanted = "I am a fox.<|im_end|>";

/** The log-probability of the wanted reply. */
async function logprobOf(engine: Backend, adapters: readonly AppliedAdapter[], signal?: AbortSignal): Promise<number> {
  const [question, reply] = [prompt, wanted].map((text) => Array.from(engine.tokenize(text, { special: true }))) as [number[], number[]];
  const sequence = engine.openSequence();
  try {
    const { logits } = await sequence.forwardRows([...question, ...reply].slice(0, -1), { rows: reply.map((_, index) => question.length - 1 + index), adapters, signal });
    return logits.reduce((sum, row, index) => sum + logprobs(row, reply[index] as number).logprob, 0);
  } finally {
    sequence.release();
  }
}

/** The logits after the prompt. */
async function logitsWith(adapters: readonly AppliedAdapter[], engine: Backend = backend): Promise<Float32Array> {
  const sequence = engine.openSequence();
  const logits = (await sequence.forward(engine.tokenize(prompt, { special: true }), { adapters })).slice();
  sequence.release();
  return logits;
}

/** What is answered greedily. */
async function answer(adapters: readonly AppliedAdapter[]): Promise<string> {
  const sequence = backend.openSequence();
  const tokens = await collect(generate(backend, sequence, backend.tokenize(prompt, { special: true }), { sampler: Sampler.greedy(), maxTokens: 40, adapters }));
  sequence.release();
  return new TextDecoder().decode(Uint8Array.from(tokens.flatMap((token) => Array.from(backend.tokenBytes(token)))));
}

const shape = (seed: number) => ({ ...adapterTargets(model), rank: 4, initialSigma: 0.05, seed });

const greatestDifference = (one: Float32Array, other: Float32Array): number => one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] as number))), 0);

test("twenty generations of scores teach the model a reply that it would have given once in ten thousand million times", async () => {
  const bare = await logitsWith([]);
  const before = await logprobOf(backend, []);
  const search = await zo.initialize(backend, shape(1));
  const generations = await collect(search.evolve((candidate, { signal }) => logprobOf(backend, [candidate], signal))(20));
  const means = [0, 9, 19].map((index) => generations[index]?.meanScore ?? NaN);

  using found = await search.load();
  const after = await logprobOf(backend, [found]);
  expect([before < -23, (means[0] as number) < -15, (means[1] as number) > -10, (means[2] as number) > -2, after > -1.5]).toEqual([true, true, true, true, true]);
  expect([await answer([found]), await answer([found.at(0)])]).toEqual(["I am a fox.", await answer([])]);
  expect(await logitsWith([])).toEqual(bare);

  const folder = await mkdtemp(join(tmpdir(), "iftk-search-"));
  try {
    const path = join(folder, "fox.gguf");
    await writeFile(path, search.adapter());
    using loaded = await Adapter.load(backend, { path });
    expect(await logitsWith([loaded])).toEqual(await logitsWith([found]));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a search gives the same adapter again, however many candidates are scored at once, and goes on from its bytes", async () => {
  const score = (candidate: Adapter) => logprobOf(backend, [candidate]);
  const alone = await zo.initialize(backend, { ...shape(2), populationSize: 6 });
  await collect(alone.evolve(score, { concurrency: 1 })(3));
  const together = await zo.initialize(backend, { ...shape(2), populationSize: 6 });
  await collect(together.evolve(score, { concurrency: 6 })(2));
  const restored = zo.restore(backend, together.save());
  await restored.step(score, { concurrency: 3 });
  expect(restored.save()).toEqual(alone.save());
});

test("a candidate is the adapter found so far and, as a second adapter, what its seed adds", async () => {
  await using reference = await openReference({ model });
  const first = await zo.initialize(backend, shape(3));
  await first.step((candidate) => logprobOf(backend, [candidate]));
  const file = first.adapter();
  const { tensors, ...values } = readLoraFile(file);
  const still = loraFile({ ...values, tensors: tensors.map((tensor) => ({ ...tensor, b: tensor.b.map(() => 0) })) });

  const differences: number[] = [];
  for (const engine of [reference, backend]) {
    using candidate = await (await zo.initialize(engine, { from: file, initialSigma: 0.05 })).candidate(9);
    using found = await Adapter.load(engine, { bytes: file });
    using added = await (await zo.initialize(engine, { from: still, initialSigma: 1 })).candidate(9);
    const [whole, sum, base] = [await logitsWith([candidate], engine), await logitsWith([found, added.at(0.05)], engine), await logitsWith([found], engine)];
    differences.push(greatestDifference(whole, sum), greatestDifference(whole, base));
  }
  const [exact = NaN, moved = NaN, rounded = NaN, movedToo = NaN] = differences;
  // llama.cpp rounds what it multiplies with weights of eight bits to as many.
  expect([exact < 1e-4, moved > 1, rounded < 0.5, movedToo > 1]).toEqual([true, true, true, true]);
});

interface Found {
  readonly scores: readonly number[];
  readonly numbers: readonly number[];
}

test("the reference backend scores the candidates alike, and its update goes the same way", async () => {
  await using reference = await openReference({ model });
  const [one, other] = (await Promise.all(
    [backend, reference].map(async (engine) => {
      const search = await zo.initialize(engine, { ...shape(4), populationSize: 8 });
      const { scores } = await search.step((candidate) => logprobOf(engine, [candidate]));
      return { scores, numbers: readLoraFile(search.adapter()).tensors.flatMap(({ b }) => Array.from(b)) };
    }),
  )) as readonly Found[] as readonly [Found, Found];
  expect(Math.max(...one.scores.map((score, index) => Math.abs(score - (other.scores[index] as number))))).toBeLessThan(0.5);
  const product = (left: readonly number[], right: readonly number[]) => left.reduce((sum, number, index) => sum + number * (right[index] as number), 0);
  expect(product(one.numbers, other.numbers) / Math.sqrt(product(one.numbers, one.numbers) * product(other.numbers, other.numbers))).toBeGreaterThan(0.9);
});

test("a step that is aborted, and one whose score fails beside running passes, leave no sequence and no adapter in use", async () => {
  const search = await zo.initialize(backend, shape(5));
  const bare = await logitsWith([]);
  const candidates: Adapter[] = [];
  const controller = new AbortController();
  const reason = new Error("enough");
  const aborted = search.step((candidate, { signal }) => {
    candidates.push(candidate);
    if (candidates.length === 3) setImmediate(() => controller.abort(reason));
    return logprobOf(backend, [candidate], signal);
  }, { concurrency: 2, signal: controller.signal });
  await expect(aborted).rejects.toBe(reason);

  const failure = new Error("no score");
  const failed = search.step(async (candidate, { signal }) => {
    candidates.push(candidate);
    const [score] = await Promise.all([logprobOf(backend, [candidate], signal), logprobOf(backend, [candidate], signal), Promise.reject(failure)]);
    return score;
  });
  await expect(failed).rejects.toBe(failure);
  await turns(20);
  for (const candidate of candidates) expect(() => candidate.adapter).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  expect([backend.statistics.sequences, backend.statistics.pending, search.generation, await logitsWith([])]).toEqual([0, 0, 0, bare]);
});
