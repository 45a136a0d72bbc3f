import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { skeletonOfThought } from "./skeleton-of-thought.js";

test("all scenes at once take less than half of the passes that one after another takes", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const sent: string[] = [];
  const { scenes, tokens, passes } = await runOver<{ scenes: number; tokens: number; passes: number }>(skeletonOfThought, { backend, onSend: (text) => sent.push(text) });
  expect(scenes).toBeGreaterThanOrEqual(4);
  expect(sent).toHaveLength(scenes + 1);
  // One after another, every token is a pass.
  expect(passes).toBeLessThan(tokens / 2);
});
