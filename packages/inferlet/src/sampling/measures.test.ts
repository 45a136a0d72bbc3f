import fc from "fast-check";
import { expect, test } from "vitest";
import { distribution, entropy, logprobs, perplexity, topLogprobs, topTokens } from "./measures.js";

/** The log-probabilities by their definition. */
function byDefinition(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const highest = Math.max(...values);
  const total = values.reduce((sum, value) => sum + Math.exp(value - highest), 0);
  return values.map((value) => value - highest - Math.log(total));
}

const someLogits = fc
  .array(fc.oneof(fc.float({ noNaN: true, min: -60, max: 60 }), fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity)), { minLength: 1, maxLength: 40 })
  .filter((values) => values.some((value) => value > -Infinity))
  .map((values) => Float32Array.from(values));

test("log-probabilities are those of the definition, the likeliest first and of equals the first token", () => {
  fc.assert(
    fc.property(someLogits, fc.nat(50), fc.nat(39), (logits, k, chosen) => {
      const token = chosen % logits.length;
      const expected = byDefinition(logits);
      const order = [...logits.keys()].filter((at) => (logits[at] as number) > -Infinity).sort((left, right) => (logits[right] as number) - (logits[left] as number) || left - right);
      const found = logprobs(logits, token, k);
      const close = (at: number): unknown => ({ token: at, logprob: logits[at] === -Infinity ? -Infinity : (expect.closeTo(expected[at] as number, 7) as unknown) });
      expect(found).toEqual({ ...(close(token) as object), alternatives: order.slice(0, k).map(close) });
      expect(topLogprobs(logits, k)).toEqual(found.alternatives);
      expect(topTokens(logits, k)).toEqual(order.slice(0, k));
    }),
  );
});

test("log-probabilities of logits far from 0 are as exact as of those next to it", () => {
  const near = [1, 2.5, 0].map((value) => logprobs(Float32Array.of(1, 2.5, 0), [1, 2.5, 0].indexOf(value)).logprob);
  const far = [0, 1, 2].map((token) => logprobs(Float32Array.of(1 + 65_536, 2.5 + 65_536, 65_536), token).logprob);
  expect(far).toEqual(near);
  expect(logprobs(Float32Array.of(-3e38, -Infinity), 0, 2)).toEqual({ token: 0, logprob: 0, alternatives: [{ token: 0, logprob: 0 }] });
});

test("entropy is 0 when a token is certain, ln V when all are equal, and between as its definition says", () => {
  expect([entropy(Float32Array.of(-Infinity, 4)), entropy(Float32Array.of(0, 500)), entropy(Float32Array.of(3, Infinity))]).toEqual([0, 0, 0]);
  for (const size of [1, 2, 512, 152_000]) expect(entropy(new Float32Array(size).fill(3))).toBeCloseTo(Math.log(size), 9);
  fc.assert(
    fc.property(someLogits, (logits) => {
      const found = entropy(logits);
      const expected = -byDefinition(logits).reduce((sum, logprob) => sum + (logprob === -Infinity ? 0 : Math.exp(logprob) * logprob), 0);
      expect(found).toBeCloseTo(expected, 7);
      expect(found >= 0 && found <= Math.log(logits.length)).toBe(true);
    }),
  );
});

test("a distribution has the probabilities of its definition, which add up to 1", () => {
  fc.assert(
    fc.property(someLogits, fc.double({ min: 0.2, max: 3, noNaN: true }), fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }), (logits, temperature, k) => {
      const { tokens, probabilities } = distribution(logits, { temperature, k });
      const scaled = byDefinition(Array.from(logits, (logit) => logit / temperature)).map(Math.exp);
      const order = k === undefined ? [...logits.keys()].filter((token) => (scaled[token] as number) > 2e-28) : topTokens(logits, k);
      const total = order.reduce((sum, token) => sum + (scaled[token] as number), 0);
      if (k === undefined) expect(order.every((token) => tokens.includes(token))).toBe(true);
      else expect([...tokens]).toEqual(order);
      expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
      for (const [index, token] of tokens.entries()) expect(probabilities[index]).toBeCloseTo((scaled[token] as number) / total, 8);
    }),
  );
});

test("at temperature 0 a distribution is the likeliest token alone", () => {
  expect(distribution(Float32Array.of(1, 3, 3), { temperature: 0 })).toEqual({ tokens: Int32Array.of(1), probabilities: Float64Array.of(1) });
});

test("measures leave the logits as they are and refuse broken ones", () => {
  const logits = Float32Array.of(1, -0, 3);
  const before = logits.slice();
  logprobs(logits, 0, 3);
  entropy(logits);
  distribution(logits, { k: 2 });
  expect(logits).toEqual(before);
  for (const measure of [entropy, distribution, (broken: Float32Array) => logprobs(broken, 0)]) expect(() => measure(Float32Array.of(Number.NaN))).toThrow(expect.objectContaining({ code: "internal" }));
  expect(() => distribution(logits, { temperature: -1 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

test("perplexity is the number of equal choices that a text was as hard to guess as", () => {
  expect([perplexity([Math.log(1 / 8), Math.log(1 / 8)]), perplexity([Math.log(1 / 2), Math.log(1 / 8)])]).toEqual([expect.closeTo(8, 9), expect.closeTo(4, 9)]);
});
