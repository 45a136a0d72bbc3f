import type { Backend, Sequence } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SavedCells, savedCells } from "./fixtures/saved-cells.js";
import { openLlama } from "./llama-backend.js";
import type { CellType } from "./llama-options.js";

const open = (cellType: CellType, cells = 1024) => openLlama({ modelPath: tinyModelPath, maximumSequences: 6, cells, cellType });
const failure = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, reason }) as Error;
const tokens = Array.from({ length: 120 }, (_, index) => 300 + ((index * 37) % 3000));

async function sequenceOf(backend: Backend, ids: readonly number[]): Promise<Sequence> {
  const sequence = backend.openSequence();
  await sequence.forward(ids);
  return sequence;
}

const cellsOf = async (sequence: Sequence): Promise<SavedCells> => savedCells(await sequence.save());

/** The greatest difference between rows, as a part of the greatest number in them. */
function difference(rows: readonly Float32Array[], others: readonly Float32Array[]): number {
  let [most, size] = [0, 0];
  for (const [position, row] of rows.entries()) {
    for (const [index, value] of row.entries()) {
      most = Math.max(most, Math.abs(value - (others[position]?.[index] ?? NaN)));
      size = Math.max(size, Math.abs(value));
    }
  }
  return rows.length === others.length ? most / size : NaN;
}

// In the first layer a key is made of its token and position alone, so that computing it again gives the truth.
test.each<[CellType, number]>([
  ["f32", 1e-5],
  ["f16", 2e-3],
])("in cells of %s what is left has the keys of its new positions up to %d, and its values as they were", async (cellType, tolerance) => {
  await using backend = await open(cellType);
  const sequence = await sequenceOf(backend, tokens);
  const before = await cellsOf(sequence);
  const left = [...tokens.slice(0, 10), ...tokens.slice(57)];
  await sequence.discard(10, 57);
  const after = await cellsOf(sequence);
  const truth = await cellsOf(await sequenceOf(backend, left));

  expect(sequence.length).toBe(73);
  expect(difference(after.keys[0] ?? [], truth.keys[0] ?? [])).toBeLessThan(tolerance);
  expect(difference(before.keys[0]?.slice(47) ?? [], truth.keys[0] ?? [])).toBeGreaterThan(0.1);
  expect(after.values).toEqual(before.values.map((rows) => [...rows.slice(0, 10), ...rows.slice(57)]));
  // Deeper layers turn by the same angle: the key of each pair of numbers keeps its length.
  const lengths = (rows: readonly Float32Array[]) => rows.map((row) => Float32Array.from({ length: row.length / 2 }, (_, pair) => Math.hypot(row[2 * pair] ?? NaN, row[2 * pair + 1] ?? NaN)));
  for (const [layer, rows] of after.keys.entries()) {
    const kept = before.keys[layer] ?? [];
    expect(difference(lengths(rows), lengths([...kept.slice(0, 10), ...kept.slice(57)]))).toBeLessThan(tolerance);
  }
});

test("many small discards come to the same as a large one, whatever lies between them", async () => {
  await using backend = await open("f32");
  const one = await sequenceOf(backend, tokens);
  const many = one.fork(); // another pass over the same tokens rounds differently
  await one.discard(4, 20);
  for (let round = 0; round < 4; round++) {
    await many.discard(4, 6);
    if (round === 1) await many.save();
    const fork = many.fork();
    await many.discard(4, 6);
    fork.release();
  }
  const [expected, cells] = [await cellsOf(one), await cellsOf(many)];
  expect(cells.keys.map((rows, layer) => difference(rows, expected.keys[layer] ?? []) < 1e-5)).toEqual(expected.keys.map(() => true));
  expect(cells.values).toEqual(expected.values);
});

test("forks keep what they have, whichever of them discards", async () => {
  await using backend = await open("f16");
  const sequence = await sequenceOf(backend, tokens);
  const [fork, other] = [sequence.fork(), sequence.fork()];
  const before = await cellsOf(fork);
  await sequence.discard(0, 50);
  await other.discard(100, 110);
  await sequence.forward([7, 8]);
  expect(await cellsOf(fork)).toEqual(before);
  await fork.discard(0, 50);
  expect([sequence.length, fork.length, other.length]).toEqual([72, 70, 110]);
  const [one, two] = [await cellsOf(sequence), await cellsOf(fork)];
  expect(difference(two.keys[5] ?? [], one.keys[5]?.slice(0, 70) ?? [])).toBeLessThan(2e-3);
});

test("whatever is forked, discarded, trimmed and appended, values and first keys are those of the tokens that are left", { timeout: 60_000 }, async () => {
  await using backend = await open("f32");
  const step = fc.record({ act: fc.constantFrom("fork", "discard", "discard", "trim", "append"), which: fc.nat(3), one: fc.nat(1000), other: fc.nat(1000) });
  let next = 300;
  const more = (count: number) => Array.from({ length: count }, () => 300 + ((next += 7) % 3000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const first = more(30);
      const entries = [{ sequence: await sequenceOf(backend, first), tokens: first }];
      for (const { act, which, one, other } of steps) {
        const entry = entries[which % entries.length];
        if (entry === undefined) continue;
        const { sequence, tokens } = entry;
        const [start = 0, end = 0] = [one % (tokens.length + 1), other % (tokens.length + 1)].toSorted((a, b) => a - b);
        if (act === "fork" && entries.length < 4) entries.push({ sequence: sequence.fork(), tokens });
        if (act === "discard") await sequence.discard(start, end);
        if (act === "trim") sequence.trim(end);
        if (act === "discard") entry.tokens = [...tokens.slice(0, start), ...tokens.slice(end)];
        if (act === "trim") entry.tokens = tokens.slice(0, end);
        if (act === "append") await sequence.forward((entry.tokens = [...tokens, ...more((one % 9) + 1)]).slice(tokens.length));
      }
      for (const { sequence, tokens } of entries) {
        expect(sequence.length).toBe(tokens.length);
        if (tokens.length === 0) continue;
        const truth = await sequenceOf(backend, tokens);
        const [cells, expected] = [await cellsOf(sequence), await cellsOf(truth)];
        expect([difference(cells.keys[0] ?? [], expected.keys[0] ?? []) < 1e-4, difference(cells.values[0] ?? [], expected.values[0] ?? []) < 1e-4]).toEqual([true, true]);
        truth.release();
      }
      for (const { sequence } of entries) sequence.release();
    }),
    { numRuns: 40 },
  );
});

test("without cells for the copy nothing changes, and with them it can be done", async () => {
  await using backend = await open("f16", 256);
  const sequence = await sequenceOf(backend, tokens);
  const fork = sequence.fork();
  const filler = await sequenceOf(backend, tokens.slice(0, 100));
  const before = await cellsOf(sequence);
  await expect(sequence.discard(10, 20)).rejects.toEqual(failure("resource_exhausted"));
  expect([sequence.length, await cellsOf(sequence)]).toEqual([120, before]);
  filler.release();
  await sequence.discard(10, 20);
  expect([sequence.length, await cellsOf(fork)]).toEqual([110, before]);
});

test("an abort while keys are turned spoils no keys", async () => {
  await using backend = await open("f32");
  const [kept, sequence] = [await sequenceOf(backend, tokens.slice(0, 50)), await sequenceOf(backend, tokens)];
  const before = await cellsOf(kept);
  for (let round = 0; round < 5; round++) {
    await sequence.discard(5, 9);
    const controller = new AbortController();
    const pass = sequence.forward(tokens, { signal: controller.signal }).catch((error: unknown) => error);
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort("stop");
    expect(await pass).toBe("stop");
  }
  const truth = await cellsOf(await sequenceOf(backend, [...tokens.slice(0, 5), ...tokens.slice(25)]));
  expect(difference((await cellsOf(sequence)).keys[0] ?? [], truth.keys[0] ?? [])).toBeLessThan(1e-5);
  expect(await cellsOf(kept)).toEqual(before);
});

test("what cannot be discarded is refused, and a sequence that is released meanwhile is left", async () => {
  await using backend = await open("f16");
  const sequence = await sequenceOf(backend, tokens);
  for (const [start, end] of [[-1, 3], [5, 4], [0, 121], [0.5, 2], [NaN, 2]] as const) await expect(sequence.discard(start, end)).rejects.toEqual(failure("invalid_argument"));
  await sequence.discard(3, 3);
  await sequence.discard(110, 120);
  expect(sequence.length).toBe(110);
  const fork = sequence.fork();
  const discarding = sequence.discard(0, 10);
  expect(() => sequence.fork()).toThrow(failure("failed_precondition"));
  sequence.release();
  await expect(discarding).rejects.toEqual(failure("canceled"));
  expect([sequence.length, fork.length, backend.statistics.sequences]).toEqual([0, 110, 1]);
});
