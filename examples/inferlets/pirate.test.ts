import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { pirate } from "./pirate.js";
import { runOver } from "./run-inferlet.js";

interface Answers {
  readonly plain: string;
  readonly pirate: string;
  readonly atOnce: readonly string[];
  readonly plainAgain: string;
}

const words = /\b(?:ahoy|arr|matey|aye)\b/i;

test.each(["What is your name?", "Tell me a story about a fox.", "What is IFTK?"])("asked %j, the model talks like a pirate with the adapter, at the same time too, and as ever without it", async (input) => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const answers = await runOver<Answers>({ ...pirate, input: { ...pirate.input, value: input } }, { backend });
  expect([answers.plain, answers.pirate, ...answers.atOnce].map((answer) => words.test(answer))).toEqual([false, true, false, true]);
  expect(answers.plainAgain).toBe(answers.plain);
});
