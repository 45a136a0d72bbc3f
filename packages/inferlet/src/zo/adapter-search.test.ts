import { collect, StageError } from "@iftk/core";
import { stageLaws, turns } from "@iftk/testing";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type LoraAdapter, loraFile, readLoraFile } from "../adapter/lora-file.js";
import type { Adapter } from "../adapter/adapter.js";
import type { AdapterSource, BackendAdapter } from "../backend.js";
import { ScriptedBackend } from "../scripted-backend.js";
import type { ScoreCandidate } from "./adapter-search.js";
import { zo } from "./zo.js";

/** A backend whose adapters can be looked into; it refuses to release one that is in use, as llama.cpp's does. */
class OpenBackend extends ScriptedBackend {
  readonly held = new Map<BackendAdapter, LoraAdapter>();
  readonly inUse = new Set<BackendAdapter>();
  most = 0;

  constructor() {
    super({ reply: "" });
  }

  override async loadAdapter(source: AdapterSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BackendAdapter> {
    await Promise.resolve();
    signal?.throwIfAborted();
    if (!("bytes" in source)) throw new Error("bytes are expected");
    const loaded = readLoraFile(source.bytes);
    const adapter: BackendAdapter = {
      name: loaded.name ?? "",
      release: () => {
        if (this.inUse.has(adapter)) throw new Error("it is in use");
        this.held.delete(adapter);
      },
    };
    this.held.set(adapter, loaded);
    this.most = Math.max(this.most, this.held.size);
    return adapter;
  }

  numbersOf({ adapter }: Adapter): number[] {
    return (this.held.get(adapter)?.tensors ?? []).flatMap(({ b }) => Array.from(b));
  }
}

let backend: OpenBackend;
beforeEach(() => {
  backend = new OpenBackend();
});

const shape = { architecture: "llama", targets: [{ name: "one", in: 5, out: 2 }, { name: "two", in: 3, out: 3 }], rank: 2, alpha: 4, seed: 11, populationSize: 8, initialSigma: 0.3 } as const;

/** Greatest where each number is its place's sine. */
const nearness: ScoreCandidate = (candidate) => -backend.numbersOf(candidate).reduce((sum, number, index) => sum + (number - Math.sin(index)) ** 2, 0);

test("the adapter found scores better with every generation that is spent, and as well as it can in the end", async () => {
  const search = await zo.initialize(backend, shape);
  const generations = await collect(search.evolve(nearness)(160));
  using found = await search.load();
  const first = generations[0]?.meanScore ?? 0;
  expect([search.size, search.generation, generations.at(-1)?.number, generations.map(({ number }) => number)[0]]).toEqual([10, 160, 160, 1]);
  expect((await nearness(found, { seed: 0, signal: AbortSignal.abort() })) / first).toBeLessThan(1e-3);
});

test("a new adapter changes nothing, and has matrices a of variance one over their width", async () => {
  const wide = await zo.initialize(backend, { ...shape, targets: [{ name: "one", in: 4000, out: 3 }] });
  const { tensors: [tensor], ...values } = readLoraFile(wide.adapter());
  expect(values).toEqual({ architecture: "llama", alpha: 4, name: "search" });
  expect(tensor?.b).toEqual(new Float32Array(6));
  expect(Array.from(tensor?.a ?? []).reduce((sum, number) => sum + number ** 2, 0)).toBeCloseTo(2, 0);
});

test("the same seed and the same scores give the same adapter, and another seed another", async () => {
  const run = async (seed: number) => {
    const search = await zo.initialize(backend, { ...shape, seed });
    await collect(search.evolve(nearness, { concurrency: 3 })(4));
    return search.adapter();
  };
  const [one, same, other] = [await run(1), await run(1), await run(2)];
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
});

test("candidates scored one at a time in any order give what a step gives", async () => {
  const stepped = await zo.initialize(backend, shape);
  await stepped.step(nearness, { maxSigma: 0.31 });
  const byHand = await zo.initialize(backend, shape);
  const seeds = byHand.seeds().toReversed();
  const scores: number[] = [];
  for (const seed of seeds) {
    using candidate = await byHand.candidate(seed);
    scores.push(await nearness(candidate, { seed, signal: new AbortController().signal }));
  }
  await byHand.update(scores, seeds, { maxSigma: 0.31 });
  expect([byHand.adapter(), byHand.sigma]).toEqual([stepped.adapter(), stepped.sigma]);
});

test("every generation has seeds of its own, and asking for them changes nothing", async () => {
  const search = await zo.initialize(backend, shape);
  const first = search.seeds();
  expect(search.seeds()).toEqual(first);
  await search.step(nearness);
  expect(new Set([...first, ...search.seeds()]).size).toBe(16);
});

test("a search goes on from its bytes as it would have", async () => {
  const search = await zo.initialize(backend, shape);
  await collect(search.evolve(nearness)(2));
  const restored = zo.restore(backend, search.save());
  expect(restored.save()).toEqual(search.save());
  await Promise.all([search.step(nearness), restored.step(nearness)]);
  expect([restored.generation, restored.save()]).toEqual([3, search.save()]);
});

test("bytes of any kind are a search or a StageError", async () => {
  const saved = (await zo.initialize(backend, shape)).save();
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(saved.length - 1), byte: fc.nat(255) }), { maxLength: 6 }), fc.nat(saved.length), (changes, length) => {
      const bytes = saved.slice(0, changes.length === 0 ? length : saved.length);
      for (const { at, byte } of changes) bytes[at] = byte;
      try {
        expect(zo.restore(backend, bytes).seeds().length).toBeGreaterThan(1);
      } catch (error) {
        if (!StageError.is(error)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test("a search begins from an adapter's file and keeps its shape", async () => {
  const file = loraFile({ architecture: "llama", alpha: 3, name: "old", tensors: [{ name: "m", in: 1, out: 2, rank: 1, a: Float32Array.of(7), b: Float32Array.of(1, 2) }] });
  const search = await zo.initialize(backend, { from: file, seed: 1 });
  expect(search.adapter()).toEqual(file);
  await search.step(nearness);
  expect(readLoraFile(search.adapter())).toMatchObject({ alpha: 3, name: "old", tensors: [{ name: "m", rank: 1, a: Float32Array.of(7) }] });
});

test("as many candidates are held at once as are scored at once, and none after", async () => {
  const search = await zo.initialize(backend, shape);
  await search.step(async (candidate, call) => (await turns(), nearness(candidate, call)), { concurrency: 3 });
  expect([backend.most, backend.held.size]).toEqual([3, 0]);
});

test("a score that fails ends the step with its error, stops the others and releases all; the search stays as it was", async () => {
  const search = await zo.initialize(backend, shape);
  const before = search.save();
  const failure = new Error("no score");
  let heard = 0;
  let calls = 0;
  const score: ScoreCandidate = async (candidate, { signal }) => {
    if (++calls < 3) {
      // A pass that goes on until it hears the signal.
      backend.inUse.add(candidate.adapter);
      await new Promise<void>((_, reject) => signal.addEventListener("abort", () => (heard++, backend.inUse.clear(), reject(signal.reason))));
    }
    throw failure;
  };
  await expect(search.step(score, { concurrency: 3 })).rejects.toBe(failure);
  await turns(5);
  expect([calls, heard, backend.held.size, search.save()]).toEqual([3, 2, 0, before]);
});

test("a candidate is released after the passes that score it beside the one that fails", async () => {
  const search = await zo.initialize(backend, shape);
  const failure = new Error("one of two passes");
  const score: ScoreCandidate = async (candidate, { signal }) => {
    backend.inUse.add(candidate.adapter);
    const pass = new Promise<number>((_, reject) => signal.addEventListener("abort", () => (backend.inUse.clear(), reject(signal.reason))));
    await Promise.all([pass, Promise.reject(failure)]);
    return 0;
  };
  await expect(search.step(score, { concurrency: 1 })).rejects.toBe(failure);
  await turns(5);
  expect(backend.held.size).toBe(0);
});

test("an abort ends a step at once, also when what scores is deaf, and what is loading is released", async () => {
  const search = await zo.initialize(backend, shape);
  const controller = new AbortController();
  const reason = new Error("enough");
  let finish = (_: number): void => {};
  const step = search.step(() => new Promise((resolve) => (finish = resolve)), { concurrency: 1, signal: controller.signal });
  await turns();
  controller.abort(reason);
  await expect(step).rejects.toBe(reason);
  expect(backend.held.size).toBe(1);
  finish(1);
  await turns();
  expect([backend.held.size, search.generation]).toEqual([0, 0]);
  await expect(search.step(nearness, { signal: controller.signal })).rejects.toBe(reason);
  await expect(search.candidate(1, { signal: controller.signal })).rejects.toBe(reason);
  await expect(zo.initialize(backend, { ...shape, signal: controller.signal })).rejects.toBe(reason);
});

test("one update at a time", async () => {
  const search = await zo.initialize(backend, shape);
  const first = search.update([1, 2], [3, 4]);
  await expect(search.update([1, 2], [3, 4])).rejects.toMatchObject({ code: "failed_precondition" });
  await first;
  expect(search.generation).toBe(1);
});

describe("refused are", () => {
  test.each([
    ["a population of one", { populationSize: 1 }],
    ["a fraction above one", { muFraction: 1.1 }],
    ["no fraction", { muFraction: 0 }],
    ["no deviation", { initialSigma: 0 }],
    ["a rank of a half", { rank: 0.5 }],
    ["no alpha", { alpha: 0 }],
    ["a seed that is none", { seed: -1 }],
    ["no targets", { targets: [] }],
    ["a target twice", { targets: [shape.targets[0], shape.targets[0]] }],
    ["a target without a width", { targets: [{ name: "m", in: 0, out: 1 }] }],
  ])("%s", async (_, change) => {
    await expect(zo.initialize(backend, { ...shape, ...change })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test("bytes that are no saved search, a limit of nothing, and scores that are no numbers", async () => {
    const search = await zo.initialize(backend, shape);
    const saved = search.save();
    expect(() => zo.restore(backend, search.adapter())).toThrow(expect.objectContaining({ reason: "corrupt" }));
    expect(() => zo.restore(backend, saved.subarray(0, -32))).toThrow(expect.objectContaining({ reason: "truncated" }));
    await expect(search.update([1, 2], [1, 2], { maxSigma: 0 })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(search.step(nearness, { concurrency: 0 })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(search.step(() => NaN)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/is not a number/) as string });
    expect([search.generation, backend.held.size]).toEqual([0, 0]);
  });
});

const lawful = await zo.initialize(new OpenBackend(), shape);
stageLaws("a search as a stage", {
  stage: () => lawful.evolve((_, { seed }) => seed % 7),
  hanging: () => lawful.evolve(() => new Promise(() => {})),
  input: [3],
});
