import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { treeOfThought } from "./tree-of-thought.js";

test("a tree with a shared past costs less than a third of one whose thoughts begin anew", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const { words, nodes, forwarded, recomputed } = await runOver<{ words: number; nodes: number; forwarded: number; recomputed: number }>(treeOfThought, { backend });
  expect([nodes, forwarded]).toEqual([6 + 5 * 18, backend.statistics.tokens]);
  expect(words).toBeGreaterThan(0);
  expect(recomputed / forwarded).toBeGreaterThan(3);
});
