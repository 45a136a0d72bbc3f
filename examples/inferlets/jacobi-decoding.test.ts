import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { jacobiDecoding } from "./jacobi-decoding.js";
import { runOver } from "./run-inferlet.js";

test("it writes what greedy generation writes, in fewer passes than tokens", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const run = (input: string) => runOver<{ isGreedy: boolean; tokens: number; passes: number }>(jacobiDecoding, { backend, input });
  const runs = [await run(jacobiDecoding.input.value), await run("What is 61 plus 28?"), await run("Tell me a story about a fox and a lamp.")];
  const sum = (of: "tokens" | "passes"): number => runs.reduce((total, each) => total + each[of], 0);
  expect(runs.map(({ isGreedy }) => isGreedy)).toEqual([true, true, true]);
  expect(sum("passes")).toBeLessThan(sum("tokens"));
});
