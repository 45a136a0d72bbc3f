import type { Backend } from "@iftk/inferlet";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { swarm } from "./swarm.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

interface Told {
  readonly subjects: readonly string[];
  readonly counts: readonly number[];
  readonly tokens: number;
  readonly passes: number;
}

test("twelve stories come in their order from four workers, each of which has told some, in passes that they share", async () => {
  const lines: string[] = [];
  const { subjects, counts, tokens, passes } = await runOver<Told>(swarm, { backend, onSend: (line) => lines.push(line) });
  expect([subjects.join(", "), lines.map((line) => line.split(":")[0])]).toEqual([swarm.input.value, subjects]);
  expect([counts.length, Math.min(...counts) > 0, counts.reduce((sum, count) => sum + count, 0)]).toEqual([4, true, 12]);
  expect(tokens / passes).toBeGreaterThan(2);
  expect(backend.statistics.sequences).toBe(0);
});

test("workers that have nothing to do end with the others", async () => {
  const { subjects, counts } = await runOver<Told>(swarm, { backend, input: "a fox" });
  expect([subjects, counts.filter((count) => count === 0).length]).toEqual([["a fox"], 3]);
});
