import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { speculativeDecoding } from "./speculative-decoding.js";

interface Run {
  readonly name: string;
  readonly isGreedy: boolean;
  readonly passes: number;
  readonly accepted: number;
}

test("guesses change how many passes an answer takes, and none of its tokens", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const { tokens, runs } = await runOver<{ tokens: number; runs: Run[] }>(speculativeDecoding, { backend });
  expect(runs.map(({ name, isGreedy, passes, accepted }) => ({ name, isGreedy, isGuessed: accepted > 0, isFaster: passes < tokens }))).toEqual(
    ["prompt lookup", "draft model"].map((name) => ({ name, isGreedy: true, isGuessed: true, isFaster: true })),
  );
  // A draft of four that is right gives five tokens with a pass.
  expect(runs[1]?.passes).toBeLessThanOrEqual(Math.ceil((tokens + 1) / 5) + 1);
});
