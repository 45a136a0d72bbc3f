import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "@iftk/core";
import { Adapter, type AppliedAdapter, type Backend, generate, loraFile, type LoraTensor, randomSource, Sampler } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeAll(async () => {
  backend = await openLlama({ modelPath: tinyModelPath });
});
afterAll(() => backend.close());

/** A change of one matrix of each layer, different for each seed. */
function changes(seed: number, matrix: "attn_q" | "ffn_down", rank = 4): LoraTensor[] {
  const random = randomSource(seed);
  const numbers = (length: number, scale: number) => Float32Array.from({ length }, () => (random() - 0.5) * scale);
  const inputs = matrix === "attn_q" ? 256 : 512;
  return Array.from({ length: 6 }, (_, layer) => ({ name: `blk.${layer}.${matrix}.weight`, in: inputs, out: 256, rank, a: numbers(inputs * rank, 0.4), b: numbers(rank * 256, 1) }));
}

const file = (tensors: readonly LoraTensor[]) => ({ bytes: loraFile({ architecture: "llama", alpha: 8, tensors }) });

const tokens = (): Int32Array => backend.tokenize("<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", { special: true });

/** The logits after the tokens, of which each is a pass with its own adapters. */
async function logitsOf(adaptersAt: (index: number) => readonly AppliedAdapter[]): Promise<Float32Array> {
  const sequence = backend.openSequence();
  let logits = new Float32Array();
  for (const [index, token] of tokens().entries()) logits = (await sequence.forward([token], { adapters: adaptersAt(index) })).slice();
  sequence.release();
  return logits;
}

const distance = (one: Float32Array, other: Float32Array): number => one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] as number))), 0);

/** The library rounds what it multiplies with weights of eight bits; a change of the model is more. */
const rounding = 0.5;

test("a model with an adapter is another one, by as much as its scale, and without it exactly the same again", async () => {
  const bare = await logitsOf(() => []);
  using adapter = await Adapter.load(backend, file(changes(1, "attn_q")));
  const [whole, half] = [await logitsOf(() => [adapter]), await logitsOf(() => [adapter.at(0.5)])];
  expect([distance(bare, whole) > 2, distance(bare, half) > rounding, distance(half, whole) > rounding]).toEqual([true, true, true]);
  expect(await logitsOf(() => [adapter.at(0)])).toEqual(bare);
  expect(await logitsOf(() => [])).toEqual(bare);
});

test("several adapters add up to one that has all their changes, and the same twice to twice its scale", async () => {
  const [one, other] = [changes(1, "attn_q"), changes(2, "ffn_down")];
  using first = await Adapter.load(backend, file(one));
  using second = await Adapter.load(backend, file(other));
  using both = await Adapter.load(backend, file([...one, ...other]));
  expect(distance(await logitsOf(() => [first, second]), await logitsOf(() => [both]))).toBeLessThan(rounding);
  expect(distance(await logitsOf(() => [first, first]), await logitsOf(() => [first.at(2)]))).toBeLessThan(rounding);
  expect(distance(await logitsOf(() => [first]), await logitsOf(() => [both]))).toBeGreaterThan(2);
});

test("adapters are switched between two tokens; what was computed before stays as it was", async () => {
  using adapter = await Adapter.load(backend, file(changes(3, "attn_q")));
  const { length } = tokens();
  const switched = (index: number) => (index < length - 1 ? [adapter] : []);
  const found = await logitsOf(switched);
  expect(distance(found, await logitsOf(() => []))).toBeGreaterThan(0);
  expect(distance(found, await logitsOf(() => [adapter]))).toBeGreaterThan(0);
  expect(await logitsOf(switched)).toEqual(found);
});

test("conversations with adapters of their own run at once and say what each says alone", async () => {
  using one = await Adapter.load(backend, file(changes(4, "ffn_down")));
  using other = await Adapter.load(backend, file(changes(5, "ffn_down")));
  const say = async (adapters: readonly AppliedAdapter[]) => {
    const sequence = backend.openSequence();
    const said = await collect(generate(backend, sequence, tokens(), { sampler: Sampler.greedy(), maxTokens: 12, adapters }));
    sequence.release();
    return said;
  };
  const sets = [[], [one], [other], [one, other.at(0.5)]];
  const alone: number[][] = [];
  for (const adapters of sets) alone.push(await say(adapters));
  expect(await Promise.all(sets.map(say))).toEqual(alone);
  expect(new Set(alone.map(String)).size).toBe(4);
});

test("a file and its bytes give the same, and one of another shape is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "iftk-adapter-"));
  try {
    const source = file(changes(6, "attn_q"));
    const path = join(folder, "adapter.gguf");
    await writeFile(path, source.bytes);
    using one = await Adapter.load(backend, { path });
    using other = await Adapter.load(backend, source);
    expect(await logitsOf(() => [one])).toEqual(await logitsOf(() => [other]));
  } finally {
    await rm(folder, { recursive: true });
  }
  const [tensor] = changes(7, "attn_q") as [LoraTensor];
  await expect(Adapter.load(backend, file([{ ...tensor, in: 128, a: tensor.a.subarray(0, 128 * 4) }]))).rejects.toMatchObject({ code: "invalid_argument" });
});

test("hundreds of adapters loaded, used and released leave the memory as it was", async () => {
  const source = file(changes(8, "ffn_down", 16));
  const use = async (count: number) => {
    for (let index = 0; index < count; index++) {
      using adapter = await Adapter.load(backend, source);
      const sequence = backend.openSequence();
      await sequence.forward([300 + index], { adapters: [adapter] });
      sequence.release();
    }
    return process.memoryUsage().rss;
  };
  const before = await use(100);
  const after = await use(300);
  // Three hundred that were kept would take 77 MiB.
  expect((after - before) / 2 ** 20).toBeLessThan(30);
});
