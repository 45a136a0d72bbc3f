import type { Backend } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeEach(async () => {
  backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 4, batchSize: 64, cellType: "f32" });
});
afterEach(() => backend.close());

const prompt = Array.from({ length: 150 }, (_, index) => 300 + ((index * 37) % 3000));
const rounding = 0.2;
const failure = (code: string, reason?: string) => expect.objectContaining(reason === undefined ? { code } : { code, reason }) as Error;

/** Root mean square of the difference; weights of eight bits enlarge what sums in another order make of it. */
function distance(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (one === undefined || other === undefined || one.length !== other.length) return NaN;
  return Math.sqrt(one.reduce((sum, value, index) => sum + (value - (other[index] ?? NaN)) ** 2, 0) / one.length);
}

const largest = (distances: readonly number[]) => Math.max(...distances);

/** The logits after each token, one pass for each. */
async function logitsOneByOne(tokens: readonly number[]): Promise<Float32Array[]> {
  const sequence = backend.openSequence();
  const rows: Float32Array[] = [];
  for (const token of tokens) rows.push((await sequence.forward([token])).slice());
  sequence.release();
  return rows;
}

test("all rows of a long prompt come over several passes and are those of one token after another", async () => {
  const { logits, embeddings } = await backend.openSequence().forwardRows(prompt);
  expect([logits.length, embeddings.length]).toEqual([150, 0]);
  // 32 rows at most come with a pass.
  expect(backend.statistics).toMatchObject({ decodes: 5, tokens: 150 });
  const expected = await logitsOneByOne(prompt);
  expect(largest(expected.map((row, index) => distance(row, logits[index])))).toBeLessThan(rounding);
});

test("only the rows that are asked for come, and they are the caller's own", async () => {
  const sequence = backend.openSequence();
  const rows = [0, 70, 71, 149];
  const { logits } = await sequence.forwardRows(prompt, { rows: Uint8Array.from(rows) });
  const before = logits.map((row) => row.slice());
  expect(backend.statistics.decodes).toBe(3);
  await sequence.forwardRows([5, 6, 7]);
  await sequence.forward([8]);
  expect(logits).toEqual(before);
  const expected = await logitsOneByOne(prompt);
  expect(largest(rows.map((row, index) => distance(expected[row], logits[index])))).toBeLessThan(rounding);
});

test("hidden states come alone or beside logits, the same in whatever passes", async () => {
  const alone = await backend.openSequence().forwardRows(prompt, { want: "embeddings" });
  const both = await backend.openSequence().forwardRows(prompt, { want: "both", rows: [3, 100, 149] });
  const logits = await backend.openSequence().forwardRows(prompt, { rows: [3, 100, 149] });
  expect([alone.logits.length, alone.embeddings.length, both.embeddings.map(({ length }) => length)]).toEqual([0, 150, [256, 256, 256]]);
  expect(largest([3, 100, 149].map((row, index) => distance(alone.embeddings[row], both.embeddings[index])))).toBeLessThan(rounding);
  expect(largest([0, 1, 2].map((index) => distance(both.logits[index], logits.logits[index])))).toBeLessThan(rounding);
  expect(new Set(alone.embeddings.map((row) => row[0])).size).toBe(150);
});

test("what comes long before a hidden state goes through as large passes as any prompt", async () => {
  const { embeddings } = await backend.openSequence().forwardRows(prompt, { want: "embeddings", rows: [149] });
  expect([embeddings.length, backend.statistics]).toEqual([1, { decodes: 3, tokens: 150, sequences: 1, pending: 0 }]);
});

test("no rows are fine, and the tokens are held all the same", async () => {
  const sequence = backend.openSequence();
  expect(await sequence.forwardRows(prompt, { rows: [] })).toEqual({ logits: [], embeddings: [] });
  const [logits, expected] = [(await sequence.forward([9])).slice(), (await backend.openSequence().forward([...prompt, 9])).slice()];
  expect([sequence.length, distance(logits, expected) < rounding]).toEqual([151, true]);
});

test("passes for hidden states and others take turns, and nobody's results change", async () => {
  const expected = (await logitsOneByOne(prompt.slice(0, 40))).at(-1);
  const { decodes } = backend.statistics;
  const states = Array.from({ length: 3 }, () => backend.openSequence().forwardRows(prompt, { want: "both" }));
  const talking = backend.openSequence();
  const steps: number[] = [];
  let last: Float32Array | undefined;
  for (const token of prompt.slice(0, 40)) {
    last = await talking.forward([token]);
    steps.push(backend.statistics.decodes);
  }
  // Two passes at most between its tokens: its own and one for hidden states.
  expect(largest(steps.map((step, index) => step - (steps[index - 1] ?? decodes)))).toBeLessThanOrEqual(2);
  expect(distance(last, expected)).toBeLessThan(rounding);
  const results = await Promise.all(states);
  expect(largest(results.flatMap(({ embeddings }) => embeddings.map((row, index) => distance(row, results[0]?.embeddings[index]))))).toBeLessThan(rounding);
});

test("logits that somebody kept without a copy are empty once their memory has moved", async () => {
  const sequence = backend.openSequence();
  const view = await sequence.forward([1]);
  await sequence.forwardRows([2], { want: "embeddings" });
  const later = await sequence.forward([3]);
  await sequence.forwardRows([4], { want: "embeddings" });
  expect([view.length, later.length]).toEqual([0, 4096]);
});

test("an aborted call takes back what went through, whatever passes it was in", async () => {
  const sequence = backend.openSequence();
  await sequence.forward([1, 2]);
  const controller = new AbortController();
  const pass = sequence.forwardRows(prompt, { want: "both", signal: controller.signal });
  const { decodes } = backend.statistics;
  while (backend.statistics.decodes < decodes + 2) await new Promise((resolve) => setImmediate(resolve));
  controller.abort("enough");
  await expect(pass).rejects.toBe("enough");
  const logits = (await sequence.forward([3])).slice();
  expect([sequence.length, distance(logits, (await logitsOneByOne([1, 2, 3])).at(-1)) < rounding]).toEqual([3, true]);
});

test("rows that cannot be are refused, as are positions and attention, with who can do them", async () => {
  const sequence = backend.openSequence();
  for (const rows of [[1, 0], [0, 0], [3], [-1], [0.5], [NaN]]) await expect(sequence.forwardRows([1, 2, 3], { rows })).rejects.toEqual(failure("invalid_argument"));
  await expect(sequence.forwardRows([1], { want: "tokens" as "both" })).rejects.toEqual(failure("invalid_argument"));
  for (const options of [{ positions: [0] }, { attention: [Uint8Array.of(1)] }]) {
    await expect(sequence.forwardRows([1], options)).rejects.toMatchObject({ code: "unimplemented", reason: "backend", message: expect.stringContaining("@iftk/inferlet/reference") as string });
  }
  expect([backend.capabilities, backend.embeddingSize, sequence.length, backend.statistics.decodes]).toEqual([{ attention: false, discard: true, adapters: true }, 256, 0, 0]);
});
