import { type Backend, Context } from "@iftk/inferlet";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prefixTree } from "./prefix-tree.js";
import { runOver } from "./run-inferlet.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

interface Told {
  readonly stories: number;
  readonly promptTokens: number;
  readonly forwardedTokens: number;
}

test("eight stories cost at most 60 of 100 tokens of their prompts: each shared beginning goes through the model once", async () => {
  const lines: string[] = [];
  const { stories, promptTokens, forwardedTokens } = await runOver<Told>(prefixTree, { backend, onSend: (line) => lines.push(line) });
  expect([stories, lines.length]).toEqual([8, 8]);
  expect(forwardedTokens / promptTokens).toBeLessThan(0.6);
  expect(backend.statistics.sequences).toBe(0);
});

test("what is forwarded is what each branch adds to its trunk", async () => {
  const { promptTokens, forwardedTokens } = await runOver<Told>(prefixTree, { backend, input: "a whale, a map" });
  const lengthOf = (voice: string, subject?: string, beginning?: string): number => {
    using context = new Context(backend).system(voice);
    if (subject !== undefined) context.user(`Tell me a story about ${subject}.`);
    if (beginning !== undefined) context.cue().fill(beginning);
    return context.length;
  };
  let [prompts, branches] = [0, 0];
  for (const voice of ["You are a helpful assistant.", "You tell stories to children."]) {
    // The last token of a context waits for what comes next, so the first branches have one less, and all others forward one of their trunk.
    branches += lengthOf(voice) - 1;
    for (const subject of ["a whale", "a map"]) {
      branches += lengthOf(voice, subject) - lengthOf(voice);
      for (const beginning of ["Once upon a time", "One morning"]) {
        prompts += lengthOf(voice, subject, beginning);
        branches += lengthOf(voice, subject, beginning) - lengthOf(voice, subject);
      }
    }
  }
  expect([promptTokens, forwardedTokens]).toEqual([prompts, branches]);
});
