import { expect, test } from "vitest";
import { Candidates } from "./candidates.js";

test("the weights agree with Math.exp to nine digits, down to where they count as nothing", () => {
  const logits = Float32Array.from({ length: 100_000 }, (_, index) => 3 - index * 0.000_917);
  const candidates = new Candidates(logits.length);
  candidates.fill(logits, logits[0] as number, 1.3, 0);
  const { count, tokens, weights } = candidates;
  let worst = 0;
  for (let index = 0; index < count; index++) {
    const exact = Math.exp(((logits[tokens[index] as number] as number) - (logits[0] as number)) / 1.3);
    worst = Math.max(worst, Math.abs((weights[index] as number) / exact - 1));
  }
  expect([worst < 1e-9, Math.round((count * 0.000_917) / 1.3)]).toEqual([true, 64]);
});

test("it keeps the entries that are heavy enough, and the weight of all", () => {
  const candidates = new Candidates(4);
  candidates.fill(Float32Array.of(0, -1, -Infinity, -2), 0, 1, 0.2);
  const { count, total, tokens, logits } = candidates;
  expect([count, [...tokens.subarray(0, count)], [...logits.subarray(0, count)], total]).toEqual([2, [0, 1], [0, -1], expect.closeTo(1 + Math.exp(-1) + Math.exp(-2), 9)]);
});
