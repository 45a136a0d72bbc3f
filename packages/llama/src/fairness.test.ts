import type { Sequence } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

test("eight that generate and a long prompt advance in each shared pass", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 9 });
  const sequences = Array.from({ length: 8 }, () => backend.openSequence());
  await Promise.all(sequences.map((sequence, index) => sequence.forward([300 + index, 400])));
  const before = backend.statistics;

  let isRead = false;
  const prompt = backend
    .openSequence()
    .forward(new Int32Array(960).fill(500))
    .then(() => (isRead = true));
  const passes: (readonly number[])[] = [];
  const generate = async (sequence: Sequence): Promise<void> => {
    const seen: number[] = [];
    passes.push(seen);
    for (let token = 600; !isRead; token++) {
      await sequence.forward([token]);
      seen.push(backend.statistics.decodes - before.decodes);
    }
  };
  await Promise.all(sequences.map(generate));
  await prompt;

  // The prompt goes in steps of 64, so that 15 passes read it; each of the eight has a token in every one.
  // They ask for one more before they learn that it is read.
  expect(passes.map((seen) => seen.slice(0, 15))).toEqual(sequences.map(() => Array.from({ length: 15 }, (_, index) => index + 1)));
  const generated = passes.reduce((sum, seen) => sum + seen.length, 0);
  expect(backend.statistics).toEqual({ decodes: before.decodes + 16, tokens: before.tokens + 960 + generated, sequences: 9, pending: 0 });
});
