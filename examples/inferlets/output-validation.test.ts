import type { Backend } from "@iftk/inferlet";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outputValidation } from "./output-validation.js";
import { runOver } from "./run-inferlet.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

interface Told {
  readonly tries: number;
  readonly faults: readonly string[];
  readonly entities?: readonly { readonly text: string; readonly type: string }[];
}

const sentences = ["Ana met Leo in Paris.", "Leo hated the rain in London.", "Lena liked the garden in Berlin.", "Maria and Tom live in Rome.", "Ana loved the music in Paris."];

test("every sentence comes to an answer without a fault within ten tries, and most not at the first", async () => {
  const told = await Promise.all(sentences.map(async (input) => runOver<Told>(outputValidation, { backend, input })));
  expect(told.map(({ entities = [] }, index) => entities.length > 0 && entities.every(({ text }) => sentences[index]?.includes(text)))).toEqual(sentences.map(() => true));
  expect(told.map(({ tries, faults }) => tries - faults.length)).toEqual(sentences.map(() => 1));
  expect(told.filter(({ tries }) => tries > 1).length).toBeGreaterThan(sentences.length / 2);
});

test("an answer that cannot be right is tried ten times, and then there is none", async () => {
  const { tries, faults, entities } = await runOver<Told>(outputValidation, { backend, input: "" });
  expect([tries, faults.length, entities]).toEqual([10, 10, undefined]);
});
