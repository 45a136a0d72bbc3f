import { getEventListeners } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppliedAdapter, Backend, BackendAdapter } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { adapterBytes, pair } from "./fixtures/adapter-bytes.js";
import { openLlama } from "./llama-backend.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-llama-"));
afterAll(() => rmSync(folder, { recursive: true }));

let backend: Backend;
beforeEach(async () => {
  backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 8 });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await backend.close();
});

const prompt = [300, 400, 500, 600];
const tensors = Array.from({ length: 6 }, (_, layer) => [...pair(`blk.${layer}.attn_q.weight`, 256, 256), ...pair(`blk.${layer}.attn_v.weight`, 256, 128)]).flat();
const bytesOf = (seed: number) => adapterBytes({ tensors, seed, values: { "general.name": `seed ${seed}` } });
const load = (seed: number) => backend.loadAdapter({ bytes: bytesOf(seed) });
const failure = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, reason }) as Error;

function distance(one: Float32Array, other: Float32Array): number {
  return Math.sqrt(one.reduce((sum, value, index) => sum + (value - (other[index] ?? NaN)) ** 2, 0) / one.length);
}

/** The logits after the prompt, in a sequence of its own. */
async function logitsWith(...adapters: readonly AppliedAdapter[]): Promise<Float32Array> {
  const sequence = backend.openSequence();
  const logits = (await sequence.forward(prompt, { adapters })).slice();
  sequence.release();
  return logits;
}

test("an adapter changes what comes by its scale, and without it all is exactly as before", async () => {
  const base = await logitsWith();
  const [one, other] = await Promise.all([load(1), load(2)]);
  const path = join(folder, "adapter.gguf");
  writeFileSync(path, bytesOf(1));
  const fromFile = await backend.loadAdapter({ path });
  expect([one.name, other.name, fromFile.name]).toEqual(["seed 1", "seed 2", "seed 1"]);

  const whole = await logitsWith({ adapter: one, scale: 1 });
  const half = await logitsWith({ adapter: one, scale: 0.5 });
  expect([distance(whole, base) > 0.3, distance(half, base) > 0.1, distance(half, whole) > 0.1]).toEqual([true, true, true]);
  expect(await logitsWith({ adapter: fromFile, scale: 1 })).toEqual(whole);
  expect(await logitsWith({ adapter: one, scale: 0.5 }, { adapter: one, scale: 0.5 })).toEqual(whole);
  expect(await logitsWith({ adapter: one, scale: 1 }, { adapter: other, scale: 0 })).toEqual(whole);
  expect(await logitsWith({ adapter: one, scale: 0 })).toEqual(base);
  expect(distance(await logitsWith({ adapter: one, scale: 1 }, { adapter: other, scale: 1 }), whole)).toBeGreaterThan(0.1);
  expect(distance(await logitsWith({ adapter: fromFile, scale: -1 }, { adapter: one, scale: 1 }), base)).toBeLessThan(0.2);
  expect(await logitsWith()).toEqual(base);
});

test("an adapter is switched between two tokens of one sequence", async () => {
  const adapter = await load(1);
  const sequence = backend.openSequence();
  await sequence.forward(prompt, { adapters: [{ adapter, scale: 1 }] });
  const mixed = (await sequence.forward([700])).slice();
  sequence.trim(4);
  const adapted = (await sequence.forward([700], { adapters: [{ adapter, scale: 1 }] })).slice();
  const plain = backend.openSequence();
  const base = (await plain.forward([...prompt, 700])).slice();
  expect([distance(mixed, base) > 0.05, distance(adapted, mixed) > 0.05]).toEqual([true, true]);
});

test("sequences with different adapters take turns, those with the same ones share passes", async () => {
  const adapters = [await load(1), await load(2)];
  const alone = [await logitsWith(), ...(await Promise.all(adapters.map((adapter) => logitsWith({ adapter, scale: 1 }))))];
  const { decodes } = backend.statistics;
  const applied = [[], ...adapters.map((adapter) => [{ adapter, scale: 1 }])];
  const results = await Promise.all([0, 1, 2, 0, 1, 2].map(async (set) => (await backend.openSequence().forward(prompt, { adapters: applied[set] })).slice()));
  expect(backend.statistics.decodes - decodes).toBe(3);
  expect(results.map((logits, index) => distance(logits, alone[index % 3] as Float32Array) < 0.2)).toEqual([true, true, true, true, true, true]);
  expect(distance(results[0] as Float32Array, results[1] as Float32Array)).toBeGreaterThan(0.3);
});

test("rows with an adapter are those of forward with it", async () => {
  const applied = [{ adapter: await load(3), scale: 1 }];
  const { logits } = await backend.openSequence().forwardRows(prompt, { want: "both", adapters: applied });
  expect(distance(logits[3] as Float32Array, await logitsWith(...applied))).toBeLessThan(0.2);
});

test("an adapter in use is not released; a released one is refused and can be released again", async () => {
  const adapter = await load(1);
  const pass = backend.openSequence().forward(prompt, { adapters: [{ adapter, scale: 1 }] });
  expect(() => adapter.release()).toThrow(failure("failed_precondition"));
  await pass;
  adapter.release();
  adapter.release();
  await expect(logitsWith({ adapter, scale: 1 })).rejects.toEqual(failure("failed_precondition"));
  await logitsWith();
});

test("an adapter that an aborted pass used is released when that pass is over", async () => {
  const base = await logitsWith();
  for (let round = 0; round < 5; round++) {
    const adapter = await load(round);
    const controller = new AbortController();
    const sequence = backend.openSequence();
    const pass = sequence.forward(new Int32Array(900), { adapters: [{ adapter, scale: 1 }], signal: controller.signal }).catch((error: unknown) => error);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort("stop");
    expect(await pass).toBe("stop");
    adapter.release();
    sequence.release();
  }
  expect(await logitsWith()).toEqual(base);
});

test("what is no adapter of this backend, or no scale, is refused", async () => {
  await using other = await openLlama({ modelPath: tinyModelPath });
  const foreign = await other.loadAdapter({ bytes: bytesOf(1) });
  const stranger: BackendAdapter = { name: "stranger", release: () => undefined };
  for (const adapter of [foreign, stranger]) await expect(logitsWith({ adapter, scale: 1 })).rejects.toEqual(failure("invalid_argument"));
  const adapter = await load(1);
  for (const scale of [NaN, Infinity, 1e300]) await expect(logitsWith({ adapter, scale })).rejects.toEqual(failure("invalid_argument"));
  for (const source of [{}, { bytes: "text" }, { path: 3 }]) await expect(backend.loadAdapter(source as never)).rejects.toEqual(failure("invalid_argument"));
});

test("loading goes on beside generation, hears the signal and leaves no file and no listener", async () => {
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);
  vi.stubEnv("TMPDIR", temporary);
  const sequence = backend.openSequence();
  const loads = [1, 2, 3, 4].map(load);
  for (let token = 0; token < 20; token++) await sequence.forward([token]);
  await Promise.all(loads);
  await expect(backend.loadAdapter({ bytes: new Uint8Array(40) })).rejects.toEqual(failure("invalid_argument", "not-gguf"));
  await expect(backend.loadAdapter({ bytes: bytesOf(1) }, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
  const controller = new AbortController();
  const loading = backend.loadAdapter({ bytes: bytesOf(1) }, { signal: controller.signal });
  setImmediate(() => controller.abort("late"));
  await expect(loading).rejects.toBe("late");
  const { signal } = new AbortController();
  await backend.loadAdapter({ bytes: bytesOf(1) }, { signal });
  expect([getEventListeners(signal, "abort"), getEventListeners(controller.signal, "abort")]).toEqual([[], []]);
  expect([tmpdir(), readdirSync(temporary)]).toEqual([temporary, []]);
});

test("closing frees the adapters, also those that are being loaded", async () => {
  await load(1);
  const loading = load(2).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  await backend.close();
  expect(await loading).toEqual(failure("canceled"));
  await expect(load(3)).rejects.toEqual(failure("failed_precondition"));
});
