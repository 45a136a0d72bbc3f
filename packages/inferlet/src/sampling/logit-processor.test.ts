import fc from "fast-check";
import { expect, test } from "vitest";
import { logitBias, mask, maskOf } from "./logit-processor.js";
import type { SamplingStep } from "./sampler.js";

const step: SamplingStep = { step: 0, tokens: [], random: () => 0 };
const refused = (message: RegExp): unknown => expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(message) as string });

test("a bias is added to its token, and -Infinity bans it", () => {
  const biases = { 0: 1.5, 2: -Infinity };
  const changed = [new Map([[0, 1.5], [2, -Infinity]]), biases].map((map) => {
    const logits = Float32Array.of(1, 2, 3);
    logitBias(map)(logits, step);
    return [...logits];
  });
  expect(changed).toEqual([[2.5, 2, -Infinity], [2.5, 2, -Infinity]]);
});

test("a bias that is none, or of no token, is refused", () => {
  for (const biases of [{ 1: Infinity }, { 1: Number.NaN }, { a: 1 }, { "-1": 1 }, { 1.5: 1 }]) expect(() => logitBias(biases as Record<number, number>)).toThrow(refused(/^logitBias/u));
  expect(() => logitBias({ 3: 1 })(new Float32Array(3), step)).toThrow(refused(/^logitBias: 3 is not a token; they go from 0 to 2$/u));
});

test("a mask bans what is not set and what is beyond it, and several leave what all of them allow", () => {
  const sizes = fc.integer({ min: 1, max: 140 });
  fc.assert(
    fc.property(sizes, sizes, fc.array(fc.array(fc.nat(139)), { minLength: 1, maxLength: 3 }), (size, maskSize, allowed) => {
      const masks = allowed.map((tokens) => maskOf(maskSize, tokens.filter((token) => token < maskSize)));
      const logits = new Float32Array(size);
      for (const bits of masks) mask(bits)(logits, step);
      const expected = Float32Array.from(logits, (_, token) => (token < maskSize && allowed.every((tokens) => tokens.includes(token)) ? 0 : -Infinity));
      expect(logits).toEqual(expected);
    }),
  );
});

test("a mask is read anew at each step, or given for it, and may be left out", () => {
  const bits = new Uint32Array(1);
  const following = mask(({ tokens }) => (tokens.length === 0 ? undefined : maskOf(3, [tokens.at(-1) as number])));
  const of = (process: ReturnType<typeof mask>, tokens: number[] = []): number[] => {
    const logits = new Float32Array(3);
    process(logits, { ...step, tokens });
    return [...logits.keys()].filter((token) => logits[token] === 0);
  };
  const fixed = mask(bits);
  const before = of(fixed);
  bits[0] = 0b101;
  expect([before, of(fixed), of(following), of(following, [1])]).toEqual([[], [0, 2], [0, 1, 2], [1]]);
});

test("a token that the vocabulary does not have has no bit", () => {
  for (const token of [3, -1, 0.5]) expect(() => maskOf(3, [token])).toThrow(refused(/^maskOf/u));
});
