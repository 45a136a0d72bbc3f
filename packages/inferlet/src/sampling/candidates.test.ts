import fc from "fast-check";
import { expect, test } from "vitest";
import { Candidates } from "./candidates.js";

test("the weights agree with Math.exp to nine digits, down to where they count as nothing", () => {
  const logits = Float32Array.from({ length: 100_000 }, (_, index) => 3 - index * 0.000_917);
  const candidates = new Candidates();
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
  const candidates = new Candidates();
  candidates.fill(Float32Array.of(0, -1, -Infinity, -2), 0, 1, 0.2);
  const { count, total, tokens, logits } = candidates;
  expect([count, [...tokens.subarray(0, count)], [...logits.subarray(0, count)], total]).toEqual([2, [0, 1], [0, -1], expect.closeTo(1 + Math.exp(-1) + Math.exp(-2), 9)]);
});

test("the highest entries are those of a sort, of equals the first, whatever the order they come in", () => {
  const logit = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.float({ noNaN: true }), fc.constantFrom(-Infinity, -0, 0));
  const candidates = new Candidates();
  fc.assert(
    fc.property(fc.array(logit, { maxLength: 1200, size: "max" }), fc.integer({ min: 1, max: 300 }), fc.constantFrom("as it is", "rising", "falling"), (values, k, order) => {
      const logits = Float32Array.from(values);
      if (order !== "as it is") logits.sort();
      if (order === "falling") logits.reverse();
      candidates.fillTop(logits, k);
      const expected = [...logits.keys()]
        .filter((token) => (logits[token] as number) > -Infinity)
        .sort((left, right) => (logits[right] as number) - (logits[left] as number) || left - right)
        .slice(0, k)
        .sort((left, right) => left - right);
      expect([...candidates.tokens.subarray(0, candidates.count)]).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("at a temperature next to 0 the highest entry keeps its weight", () => {
  const candidates = new Candidates();
  candidates.fill(Float32Array.of(1, 2), 2, 5e-324, 0);
  expect([candidates.count, candidates.tokens[0], candidates.total]).toEqual([1, 1, 1]);
});
