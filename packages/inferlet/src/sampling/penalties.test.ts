import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogitProcessor } from "./logit-processor.js";
import { frequencyPenalty, presencePenalty, repetitionPenalty } from "./penalties.js";
import { TokenCounts } from "./token-counts.js";

/** What becomes of the logits after a prompt and generated tokens. */
function penalized(processor: LogitProcessor, prompt: readonly number[], generated: readonly number[], logits = [2, -2, 1, 0]): number[] {
  const changed = Float32Array.from(logits);
  processor(changed, { step: generated.length, tokens: [...prompt, ...generated], random: () => 0 });
  return [...changed];
}

test("the repetition penalty divides what is above 0 and multiplies what is below, once for each token, the prompt's among them", () => {
  expect(penalized(repetitionPenalty(2), [0, 0], [1, 3])).toEqual([1, -4, 1, 0]);
});

test("the frequency penalty counts what was generated, the presence penalty only whether it was", () => {
  expect([penalized(frequencyPenalty(0.5), [2], [0, 0, 1]), penalized(presencePenalty(0.5), [2], [0, 0, 1])]).toEqual([[1, -2.5, 1, 0], [1.5, -2.5, 1, 0]]);
});

test("a window looks at the last tokens only", () => {
  expect([penalized(repetitionPenalty(2, { window: 2 }), [0], [2, 2]), penalized(repetitionPenalty(2, { window: 2 }), [0], [2]), penalized(frequencyPenalty(1, { window: 9 }), [0], [2])]).toEqual([[2, -2, 0.5, 0], [1, -2, 0.5, 0], [2, -2, 0, 0]]);
});

test("a banned token stays banned", () => {
  const processors = [repetitionPenalty(2), repetitionPenalty(0.5), frequencyPenalty(-2), presencePenalty(2)];
  expect(processors.map((processor) => penalized(processor, [], [0], [-Infinity])[0])).toEqual([-Infinity, -Infinity, -Infinity, -Infinity]);
});

test("one processor serves generations side by side, and counts as if from the start at every step", () => {
  const tokens = fc.array(fc.nat(4), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(fc.record({ prompt: tokens, generated: tokens }), { minLength: 1, maxLength: 3 }), fc.boolean(), fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(Infinity)), (scripts, withPrompt, window) => {
      const counts = new TokenCounts({ withPrompt, window });
      const generations = scripts.map(({ prompt, generated }) => ({ prompt, left: [...generated], tokens: [...prompt] }));
      for (let step = 0; generations.some(({ left }) => left.length > 0); step++) {
        for (const { prompt, left, tokens } of generations) {
          if (step > tokens.length - prompt.length) continue;
          const expected = new Map<number, number>();
          for (const token of tokens.slice(withPrompt ? 0 : prompt.length).slice(-window)) expected.set(token, (expected.get(token) ?? 0) + 1);
          expect(new Map(counts.at({ step, tokens, random: () => 0 }))).toEqual(expected);
          if (left.length > 0) tokens.push(left.shift() as number);
        }
      }
    }),
  );
});

test("a penalty or window out of its range is refused", () => {
  const wrong = [() => repetitionPenalty(0), () => repetitionPenalty(Infinity), () => frequencyPenalty(Number.NaN), () => presencePenalty(-Infinity), () => presencePenalty(1, { window: 0 }), () => repetitionPenalty(1, { window: 1.5 })];
  for (const run of wrong) expect(run).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});
