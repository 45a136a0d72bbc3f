import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { bestOfN } from "./best-of-n.js";
import { runOver } from "./run-inferlet.js";

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

test("the best story is better than the mean, and the request is computed once for all", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const sent: string[] = [];
  const { scores, lengths, prompt } = await runOver<{ scores: number[]; lengths: number[]; prompt: number }>(bestOfN, { backend, onSend: (text) => sent.push(text) });
  expect([scores.length, sent.length, Math.max(...scores)]).toEqual([8, 1, scores[0]]);
  expect(scores[0]).toBeGreaterThan(sum(scores) / scores.length);
  // Each story goes through from the last token of the request on.
  expect(backend.statistics.tokens).toBeLessThanOrEqual(prompt - 1 + sum(lengths) + lengths.length);
});
