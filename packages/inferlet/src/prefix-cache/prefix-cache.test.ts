import { StageError } from "@iftk/core";
import { turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence } from "../backend.js";
import { ScriptedBackend, type ScriptedBackendOptions } from "../scripted-backend.js";
import { PrefixCache } from "./prefix-cache.js";

/** Logits that tell all the tokens before them. */
const logits = (tokens: readonly number[]): Float32Array => {
  let hash = tokens.length;
  for (const token of tokens) hash = (hash * 31 + token + 1) % 65_521;
  return Float32Array.from({ length: 260 }, (_, index) => (hash * (index + 1)) % 1009);
};

const bench = (options: Omit<ScriptedBackendOptions, "reply"> = {}): { backend: ScriptedBackend; cache: PrefixCache } => {
  const backend = new ScriptedBackend({ reply: "", logits, maximumSequences: 8, ...options });
  return { backend, cache: PrefixCache.of(backend) };
};

/** Takes a sequence for the tokens, forwards the rest and says how much that was. */
async function run(cache: PrefixCache, tokens: readonly number[], variant = ""): Promise<{ sequence: Sequence; reused: number; seen: readonly number[] }> {
  const { sequence, reused } = cache.take(tokens, { variant });
  expect(sequence.length).toBe(reused);
  return { sequence, reused, seen: [...(await sequence.forward(tokens.slice(reused)))] };
}

async function kept(cache: PrefixCache, tokens: readonly number[], variant = ""): Promise<void> {
  const { sequence } = await run(cache, tokens, variant);
  cache.keep(sequence, tokens, { variant });
}

const exhausted = { code: "resource_exhausted" };

test("a prompt that begins as a kept sequence is forwarded from where they part", async () => {
  const { backend, cache } = bench();
  await kept(cache, [1, 2, 3, 4, 5]);
  const { reused, seen } = await run(cache, [1, 2, 3, 9]);
  expect([reused, seen, backend.statistics.tokens, cache.reusedTokens, cache.keptSequences]).toEqual([3, [...logits([1, 2, 3, 9])], 6, 3, 1]);
});

test("one token at least is left to forward", async () => {
  const { cache } = bench();
  await kept(cache, [1, 2, 3]);
  const { reused, seen } = await run(cache, [1, 2, 3]);
  expect([reused, seen, cache.take([]).reused]).toEqual([2, [...logits([1, 2, 3])], 0]);
});

test("tokens that the sequence does not hold yet are not counted as held", async () => {
  const { cache } = bench();
  const { sequence } = await run(cache, [1, 2]);
  cache.keep(sequence, [1, 2, 3, 4]);
  expect(cache.take([1, 2, 3, 4, 5]).reused).toBe(2);
});

test("of several the longest is taken, and the kept one stays for others", async () => {
  const { cache } = bench({ maximumSequences: 16 });
  await kept(cache, [1, 2, 7, 7, 7]);
  await kept(cache, [1, 2, 3, 4]);
  await kept(cache, [8, 8]);
  const reused = await Promise.all([[1, 2, 3, 4, 5], [1, 2, 3, 4, 6], [1, 2, 7, 1], [9]].map(async (tokens) => (await run(cache, tokens)).reused));
  expect(reused).toEqual([4, 4, 3, 0]);
});

test("what begins a kept sequence is released, and a kept sequence goes when it begins a new one", async () => {
  const { backend, cache } = bench();
  await kept(cache, [1, 2, 3]);
  await kept(cache, [1, 2]);
  expect([cache.keptSequences, backend.statistics.sequences]).toEqual([1, 1]);
  await kept(cache, [1, 2, 3, 4]);
  expect([cache.keptSequences, cache.take([1, 2, 3, 4, 5]).reused]).toEqual([1, 4]);
});

test("what was computed under another variant is never shared, kept or in use", async () => {
  const { cache } = bench();
  await kept(cache, [1, 2, 3], "poet 0.5");
  const { sequence } = await run(cache, [4, 5, 6], "poet 0.5");
  cache.watch(sequence, () => [4, 5, 6], { variant: "poet 0.5" });
  const takenWith = (variant: string): readonly number[] => [[1, 2, 3, 4], [4, 5, 6, 7]].map((tokens) => cache.take(tokens, { variant }).reused);
  expect([takenWith(""), takenWith("poet 0.5")]).toEqual([[0, 0], [3, 3]]);
});

test("a sequence in use is shared while it is watched", async () => {
  const { cache } = bench();
  const tokens = [1, 2, 3];
  const { sequence } = await run(cache, tokens);
  const end = cache.watch(sequence, () => tokens);
  tokens.push(4);
  const other = await run(cache, [1, 2, 3, 4, 5]);
  end();
  expect([other.reused, other.seen, sequence.length, cache.take([1, 2, 9]).reused]).toEqual([3, [...logits([1, 2, 3, 4, 5])], 3, 0]);
});

test("a watched sequence that refuses to be forked is passed over for the next best", async () => {
  const { cache } = bench();
  await kept(cache, [1, 2]);
  const busy: Sequence = Object.assign(Object.create((await run(cache, [1, 2, 3, 4])).sequence) as Sequence, {
    fork: () => {
      throw new StageError("failed_precondition", "a pass is running");
    },
  });
  Object.defineProperty(busy, "length", { value: 4 });
  cache.watch(busy, () => [1, 2, 3, 4]);
  expect(cache.take([1, 2, 3, 4, 5]).reused).toBe(2);
});

describe("when as many are open as can be", () => {
  test("kept sequences make room, the least recently used first", async () => {
    const { backend, cache } = bench({ maximumSequences: 4 });
    cache.limits.sequences = 3;
    for (const token of [1, 2, 3]) await kept(cache, [token, token, token]);
    const first = await run(cache, [1, 1, 1, 1]);
    const others = [cache.take([9]), cache.take([8])];
    expect([first.reused, cache.keptSequences, backend.statistics.sequences, cache.take([1, 1, 1, 5]).reused]).toEqual([3, 1, 4, 3]);
    expect([cache.keptSequences, others.length]).toEqual([0, 2]);
    expect(() => cache.take([1])).toThrow(expect.objectContaining(exhausted));
  });

  test("a kept sequence that is used whole is given itself", async () => {
    const { backend, cache } = bench({ maximumSequences: 2 });
    cache.limits.sequences = 2;
    await kept(cache, [7]);
    await kept(cache, [1, 2]);
    const { reused, seen } = await run(cache, [1, 2, 3]);
    expect([reused, seen, cache.keptSequences, backend.statistics.sequences]).toEqual([2, [...logits([1, 2, 3])], 1, 2]);
  });

  test("what fails for want of cells is tried again with room, and fails when nothing is kept", async () => {
    const { backend, cache } = bench();
    await kept(cache, [1]);
    await kept(cache, [2]);
    const { sequence } = cache.take([3]);
    let isRoomy = false;
    const forward = (): Promise<Float32Array> => {
      if (!isRoomy) backend.failNext(new StageError("resource_exhausted", "no cells"));
      return sequence.forward([3]);
    };
    await expect(cache.withRoom(forward)).rejects.toMatchObject(exhausted);
    expect(cache.keptSequences).toBe(0);
    await kept(cache, [1]);
    isRoomy = true;
    await cache.withRoom(forward);
    expect([cache.keptSequences, sequence.length]).toEqual([1, 1]);
  });

  test("kept sequences make room for one that somebody opens by himself, until nothing is kept", async () => {
    const { backend, cache } = bench({ maximumSequences: 2 });
    cache.limits.sequences = 2;
    await kept(cache, [1]);
    await kept(cache, [2]);
    const one = cache.open(() => backend.openSequence());
    expect([one.length, cache.keptSequences]).toEqual([0, 1]);
    cache.open(() => one.fork());
    expect(cache.keptSequences).toBe(0);
    expect(() => cache.open(() => backend.openSequence())).toThrow(expect.objectContaining(exhausted));
  });

  test("nothing is kept where the limit is none", async () => {
    const { backend, cache } = bench({ maximumSequences: 3 });
    await kept(cache, [1, 2]);
    expect([cache.limits.sequences, backend.statistics.sequences]).toEqual([0, 0]);
  });
});

test("a sequence is kept once, and `clear` releases all", async () => {
  const { backend, cache } = bench();
  const { sequence } = await run(cache, [1, 2]);
  cache.keep(sequence, [1, 2]);
  cache.keep(sequence, [1, 2]);
  expect([cache.keptSequences, backend.statistics.sequences]).toEqual([1, 1]);
  cache.clear();
  expect([cache.keptSequences, backend.statistics.sequences, cache.makeRoom()]).toEqual([0, 0, false]);
});

test("a pass that was given up leaves a sequence that can be kept", async () => {
  const { backend, cache } = bench();
  const { sequence } = await run(cache, [1, 2]);
  backend.hang();
  const abort = new AbortController();
  const pass = sequence.forward([3], { signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(pass).rejects.toThrow("enough");
  await turns();
  cache.keep(sequence, [1, 2, 3]);
  backend.resume();
  expect((await run(cache, [1, 2, 3, 4])).reused).toBe(2);
});

test("a backend that is closed takes what is kept with it", async () => {
  const { backend, cache } = bench();
  await kept(cache, [1, 2]);
  await backend.close();
  expect(() => cache.take([1, 2, 3])).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  cache.clear();
});

test("whatever is taken, kept and released, logits are those of a fresh sequence and no sequence is lost", async () => {
  const prompt = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 });
  const step = fc.record({ prompt, variant: fc.constantFrom("", "x"), fate: fc.constantFrom("keep", "release", "watch", "hold"), drop: fc.nat(5) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 6 }), async (steps, limit) => {
      const { backend, cache } = bench({ maximumSequences: 6 });
      cache.limits.sequences = limit;
      const live: Sequence[] = [];
      for (const { prompt, variant, fate, drop } of steps) {
        if (live.length === 6) for (const sequence of live.splice(0, 1 + drop)) cache.keep(sequence, []);
        const { sequence, seen } = await run(cache, prompt, variant);
        expect(seen).toEqual([...logits(prompt)]);
        if (fate === "keep") cache.keep(sequence, prompt, { variant });
        else if (fate === "release") sequence.release();
        else live.push(sequence);
        if (fate === "watch") cache.watch(sequence, () => prompt, { variant });
        expect(backend.statistics.sequences).toBe(live.length + cache.keptSequences);
        expect(cache.keptSequences).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 300 },
  );
});
