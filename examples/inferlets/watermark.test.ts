import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { watermark } from "./watermark.js";

test("texts with the watermark are beyond chance, and those without are not", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const { marked, plain } = await runOver<{ marked: number; plain: number }>(watermark, { backend });
  expect(marked).toBeGreaterThan(4);
  expect(Math.abs(plain)).toBeLessThan(3);
});
