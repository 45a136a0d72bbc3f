import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { churn } from "@iftk/inferlet/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use of the heap and outside it, once nothing is left to collect. The room that V8 keeps free is its own affair. */
function held(): { readonly heap: number; readonly outside: number } {
  collectGarbage();
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  return { heap: heapUsed, outside: rss - heapTotal };
}

/** A million takes minutes: `npm run bench -- inferlets` generates it. */
const tokens = 100_000;
const mebibyte = 2 ** 20;

test("memory is flat and no sequence is lost over many tokens in sequences that are opened, forked, aborted and released", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath, contextSize: 64, cells: 4096, batchSize: 256 });
  await churn(backend, { tokens: tokens / 2, seed: 1 });
  let before = held();
  let { forks, aborted, left } = await churn(backend, { tokens: tokens / 2, seed: 2 });
  let after = held();
  // A leak grows with every token; what an allocator keeps once does not.
  for (let seed = 3; seed < 6 && after.outside - before.outside > 4 * mebibyte; seed++) {
    before = after;
    ({ forks, aborted, left } = await churn(backend, { tokens: tokens / 2, seed }));
    after = held();
  }
  const { sequences, pending } = backend.statistics;
  expect({ sequences, pending, forks: forks > 500, aborted: aborted > 50, left: left > 50, heap: after.heap - before.heap < mebibyte, outside: after.outside - before.outside < 8 * mebibyte }).toEqual({
    sequences: 0,
    pending: 0,
    forks: true,
    aborted: true,
    left: true,
    heap: true,
    outside: true,
  });

  // Every sequence can be opened again, and all of the cells are free.
  const all = Array.from({ length: backend.maximumSequences }, () => backend.openSequence());
  await Promise.all(all.map((sequence) => sequence.forward(Array.from({ length: 64 }, (_, index) => index))));
  for (const sequence of all) sequence.release();
}, 300_000);
