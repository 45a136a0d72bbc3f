import { macrotask } from "@iftk/core/authoring";
import { getEventListeners } from "node:events";
import type { Backend } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeEach(async () => {
  backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 3, cells: 1024 });
});
afterEach(() => backend.close());

const long = Array.from({ length: 900 }, (_, index) => 20 + index);
const failure = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, reason }) as Error;

/** Whether logits are the same but for sums in another order. */
function areClose(one: Float32Array, other: Float32Array): boolean {
  return one.every((value, index) => Math.abs(value - (other[index] ?? NaN)) < 0.5);
}

async function logitsOf(tokens: ArrayLike<number>): Promise<Float32Array> {
  const sequence = backend.openSequence();
  const logits = (await sequence.forward(tokens)).slice();
  sequence.release();
  return logits;
}

test("aborting a prompt that is read rejects within a macrotask, stops the pass and leaves the sequence as it was", async () => {
  const sequence = backend.openSequence();
  await sequence.forward([1, 2, 3]);
  const { decodes } = backend.statistics;
  const controller = new AbortController();
  const reason = new Error("enough");
  let settled: unknown;
  sequence.forward(long, { signal: controller.signal }).catch((error: unknown) => (settled = error));
  await macrotask();
  await macrotask();
  expect(backend.statistics.pending).toBe(1);
  controller.abort(reason);
  await macrotask();
  expect(settled).toBe(reason);
  expect({ ...backend.statistics, length: sequence.length, listeners: getEventListeners(controller.signal, "abort") }).toEqual({
    decodes,
    tokens: 3,
    sequences: 1,
    pending: 0,
    length: 3,
    listeners: [],
  });

  const logits = (await sequence.forward([4, 5])).slice();
  expect(backend.statistics).toMatchObject({ decodes: decodes + 1, tokens: 5 });
  expect(areClose(logits, await logitsOf([1, 2, 3, 4, 5]))).toBe(true);
});

test("aborting between two passes of a prompt takes back what was read of it", async () => {
  const sequence = backend.openSequence();
  const controller = new AbortController();
  const pass = sequence.forward(long, { signal: controller.signal });
  while (backend.statistics.decodes === 0) await macrotask();
  controller.abort();
  await expect(pass).rejects.toBe(controller.signal.reason);
  const cells = 1024;
  await sequence.forward(long);
  await backend.openSequence().forward(new Int32Array(cells - long.length).fill(9));
  expect(sequence.length).toBe(long.length);
});

test("aborting a generation stops the decoding within one token", async () => {
  const sequence = backend.openSequence();
  const controller = new AbortController();
  const { signal } = controller;
  const loop = (async () => {
    for (let token = 0; ; token++) await sequence.forward([token], { signal });
  })();
  while (backend.statistics.decodes < 5) await macrotask();
  const { decodes } = backend.statistics;
  controller.abort();
  await expect(loop).rejects.toBe(signal.reason);
  for (let turn = 0; turn < 50; turn++) await macrotask();
  expect(backend.statistics.decodes - decodes).toBeLessThanOrEqual(1);
  await expect(sequence.forward([1], { signal })).rejects.toBe(signal.reason);
});

test("aborting one of two conversations in a pass leaves the other one unharmed", async () => {
  const alone = await logitsOf(long.slice(0, 100));
  const [kept, dropped] = [backend.openSequence(), backend.openSequence()];
  await dropped.forward([5]);
  const controller = new AbortController();
  const pass = kept.forward(long.slice(0, 100));
  const aborted = dropped.forward(long.slice(0, 300), { signal: controller.signal });
  const outcome = aborted.catch((error: unknown) => error);
  await macrotask();
  await macrotask();
  controller.abort("stop");
  const logits = (await pass).slice();
  expect(await outcome).toBe("stop");
  expect([areClose(logits, alone), kept.length, dropped.length]).toEqual([true, 100, 1]);
  dropped.trim(0);
  await dropped.forward(long);
});

test("a pass that is aborted before it is asked for costs nothing", async () => {
  const sequence = backend.openSequence();
  await expect(sequence.forward([1], { signal: AbortSignal.abort("no") })).rejects.toBe("no");
  expect([backend.statistics.pending, backend.statistics.decodes]).toEqual([0, 0]);
});

test("tokens that do not fit into the context are refused", async () => {
  const sequence = backend.openSequence();
  await sequence.forward(long);
  await expect(sequence.forward(new Int32Array(125))).rejects.toEqual(failure("invalid_argument", "context-length"));
  await sequence.forward(new Int32Array(124).fill(3));
  await expect(sequence.forward([1])).rejects.toEqual(failure("invalid_argument", "context-length"));
  expect(sequence.length).toBe(1024);
});

test("what is no token is refused", async () => {
  const sequence = backend.openSequence();
  for (const tokens of [[], [-1], [4096], [1.5], [1, NaN], { length: 2 }]) await expect(sequence.forward(tokens)).rejects.toEqual(failure("invalid_argument"));
  expect(sequence.length).toBe(0);
});

test("only the sequence that finds no cells fails, and it can go on once there are some", async () => {
  const [first, second, third] = [backend.openSequence(), backend.openSequence(), backend.openSequence()];
  await first.forward(long);
  const results = await Promise.allSettled([first.forward([1]), second.forward(new Int32Array(200).fill(7)), third.forward([2, 3])]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: failure("resource_exhausted") });
  expect([first.length, second.length, third.length]).toEqual([901, 0, 2]);

  first.trim(500);
  const logits = (await second.forward(new Int32Array(200).fill(7))).slice();
  first.release();
  third.release();
  expect(areClose(logits, await logitsOf(new Int32Array(200).fill(7)))).toBe(true);
});

test("no more sequences open than the backend has, and a released one makes room", () => {
  const sequences = [backend.openSequence(), backend.openSequence(), backend.openSequence()];
  expect(() => backend.openSequence()).toThrow(failure("resource_exhausted"));
  expect(() => sequences[0]?.fork()).toThrow(failure("resource_exhausted"));
  sequences[1]?.release();
  sequences[1]?.release();
  expect(backend.statistics.sequences).toBe(2);
  backend.openSequence();
  expect(() => backend.openSequence()).toThrow(failure("resource_exhausted"));
});

test("a sequence takes one pass at a time", async () => {
  const sequence = backend.openSequence();
  const pass = sequence.forward([1, 2]);
  await expect(sequence.forward([3])).rejects.toEqual(failure("failed_precondition"));
  expect(() => sequence.fork()).toThrow(failure("failed_precondition"));
  expect(() => sequence.trim(0)).toThrow(failure("failed_precondition"));
  await pass;
  expect(() => sequence.trim(3)).toThrow(failure("invalid_argument"));
  expect(sequence.length).toBe(2);
});

test("the caller may reuse its array of tokens at once", async () => {
  const tokens = Int32Array.of(1, 2, 3);
  const pass = backend.openSequence().forward(tokens);
  tokens.fill(0);
  const logits = (await pass).slice();
  expect(areClose(logits, await logitsOf([1, 2, 3]))).toBe(true);
});

test("releasing a sequence gives up its pass, and its cells serve the next one", async () => {
  const sequence = backend.openSequence();
  const pass = sequence.forward(long);
  const outcome = pass.catch((error: unknown) => error);
  await macrotask();
  await macrotask();
  sequence.release();
  expect(await outcome).toEqual(failure("canceled"));
  await expect(sequence.forward([1])).rejects.toEqual(failure("failed_precondition"));
  const fresh = await Promise.all([0, 1, 2].map(() => backend.openSequence().forward([1, 2, 3]).then((logits) => logits[8])));
  expect(new Set(fresh).size).toBe(1);
});

test("closing rejects what waits and runs, frees the model and can be done again", async () => {
  const [running, waiting] = [backend.openSequence(), backend.openSequence()];
  const view = await waiting.forward([1]);
  const passes = [running.forward(long), waiting.forward(long.slice(0, 20))];
  const outcomes = Promise.allSettled(passes);
  await macrotask();
  const closing = backend.close();
  expect(await outcomes).toMatchObject(passes.map(() => ({ reason: failure("canceled") })));
  await Promise.all([closing, backend.close()]);
  expect(view.length).toBe(0);
  running.release();
  await expect(running.forward([1])).rejects.toEqual(failure("failed_precondition"));
  expect(() => waiting.fork()).toThrow(failure("failed_precondition"));
  expect(() => backend.openSequence()).toThrow(failure("failed_precondition"));
  expect(() => backend.tokenize("a")).toThrow(failure("failed_precondition"));
  expect(() => backend.tokenBytes(1)).toThrow(failure("failed_precondition"));
  expect(backend.statistics).toMatchObject({ sequences: 0, pending: 0 });
});
