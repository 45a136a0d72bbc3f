import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend } from "../backend.js";
import { sampleModel } from "../conformance/sample-model.js";
import { openReference } from "./open-reference.js";

const model = sampleModel();
const failure = (code: string) => expect.objectContaining({ code }) as Error;

let backend: Backend;
beforeEach(async () => {
  backend = await openReference({ model, cells: 20 });
});
afterEach(() => backend.close());

test("cells that are used up are refused until some are given back, and forks share theirs", async () => {
  expect(backend.contextSize).toBe(20);
  const sequence = backend.openSequence();
  await sequence.forward([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const forks = [sequence.fork(), sequence.fork(), sequence.fork()];
  await expect(backend.openSequence().forward(new Int32Array(9))).rejects.toEqual(failure("resource_exhausted"));
  const state = await sequence.save();
  await expect(backend.restoreSequence(state)).rejects.toEqual(failure("resource_exhausted"));
  expect(backend.statistics.sequences).toBe(5);
  sequence.release();
  await forks[0]?.forward([1, 2, 3]);
  forks[0]?.trim(4);
  await expect(forks[1]?.forward(new Int32Array(8))).resolves.toBeDefined();
  for (const fork of forks) fork.release();
  expect((await backend.openSequence().forward(new Int32Array(20))).length).toBe(backend.vocabularySize);
});

test("a discard for which there are no cells leaves the sequence and its fork as they were", async () => {
  const sequence = backend.openSequence();
  await sequence.forward(Int32Array.from({ length: 15 }, (_, index) => index));
  const fork = sequence.fork();
  await expect(sequence.discard(2, 4)).rejects.toEqual(failure("resource_exhausted"));
  expect([sequence.length, fork.length]).toEqual([15, 15]);
  const expected = (await fork.forward([1])).slice();
  expect(await sequence.forward([1])).toEqual(expected);
});

test("a pass that is aborted gives its cells back", async () => {
  const sequence = backend.openSequence();
  for (let attempt = 0; attempt < 3; attempt++) {
    const controller = new AbortController();
    const pass = sequence.forward(new Int32Array(20), { signal: controller.signal });
    controller.abort();
    await expect(pass).rejects.toBe(controller.signal.reason);
  }
  await expect(sequence.forward(new Int32Array(20))).resolves.toBeDefined();
});

test("the logits of a pass are overwritten by the next one, of whatever sequence", async () => {
  const [one, other] = [backend.openSequence(), backend.openSequence()];
  const view = await one.forward([1]);
  const kept = view.slice();
  expect(await other.forward([2])).toBe(view);
  expect(view).not.toEqual(kept);
});

test("positions and masks may be changed by the caller while the pass runs", async () => {
  const run = async (change: boolean) => {
    const positions = Int32Array.of(3, 9);
    const mask = Uint8Array.of(1, 1);
    const pass = backend.openSequence().forwardRows([5, 6], { positions, attention: [mask, mask] });
    if (change) {
      positions.fill(0);
      mask.fill(0);
    }
    return (await pass).logits;
  };
  expect(await run(true)).toEqual(await run(false));
});

test("only distances between positions matter", async () => {
  const run = async (first: number) => (await backend.openSequence().forwardRows([5, 6, 7], { positions: [first, first + 1, first + 4] })).logits[2] as Float32Array;
  const [one, other, farther] = [await run(0), await run(100), (await backend.openSequence().forwardRows([5, 6, 7], { positions: [0, 1, 5] })).logits[2] as Float32Array];
  const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));
  expect(apart(one, other)).toBeLessThan(1e-4);
  expect(apart(one, farther)).toBeGreaterThan(1e-2);
});
