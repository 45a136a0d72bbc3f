import { StageError } from "@iftk/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomSource } from "./random.js";
import { Sampler, type SamplingStep, type TokenSampler } from "./sampler.js";
import { tokenPicker } from "./token-picker.js";

const stepOf = (seed: number): SamplingStep => ({ step: 0, tokens: [], random: randomSource(seed) });

/** How often each token is picked. */
function countsOf(sampler: Sampler, logits: Float32Array, draws: number, seed = 1): Map<number, number> {
  const pick = tokenPicker(sampler);
  const step = stepOf(seed);
  const counts = new Map<number, number>();
  for (let draw = 0; draw < draws; draw++) {
    const token = pick(logits, step);
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return counts;
}

/** The distribution by its definition: softmax, sort, cut, cut, cut. */
function byDefinition(logits: Float32Array, { temperature, topK = Infinity, topP = 1, minP = 0 }: TokenSampler): Map<number, number> {
  const order = [...logits.keys()].sort((left, right) => (logits[right] as number) - (logits[left] as number) || left - right);
  const highest = logits[order[0] as number] as number;
  let kept = order.slice(0, temperature === 0 ? 1 : topK).map((token) => ({ token, weight: Math.exp(((logits[token] as number) - highest) / (temperature || 1)) }));
  const total = sum(kept);
  let mass = 0;
  kept = kept.filter(({ weight }) => mass < topP * total * (1 - 1e-9) && (mass += weight) > 0 && weight >= minP);
  const rest = sum(kept);
  return new Map(kept.filter(({ weight }) => weight > 0).map(({ token, weight }) => [token, weight / rest]));
}

const sum = (entries: readonly { readonly weight: number }[]): number => entries.reduce((total, { weight }) => total + weight, 0);

/** Pearson's statistic over its value at a significance of 1e-4 (Wilson and Hilferty 1931); Infinity when a token was picked that never may be. */
function chiSquare(counts: ReadonlyMap<number, number>, expected: ReadonlyMap<number, number>, draws: number): number {
  for (const token of counts.keys()) if (!expected.has(token)) return Infinity;
  let statistic = 0;
  let bins = 0;
  // Tokens that are expected less than ten times are counted together.
  let rareFound = 0;
  let rareExpected = 0;
  for (const [token, probability] of expected) {
    const count = counts.get(token) ?? 0;
    if (probability * draws < 10) {
      rareFound += count;
      rareExpected += probability * draws;
    } else {
      statistic += (count - probability * draws) ** 2 / (probability * draws);
      bins++;
    }
  }
  if (rareExpected >= 10) {
    statistic += (rareFound - rareExpected) ** 2 / rareExpected;
    bins++;
  }
  const freedom = Math.max(1, bins - 1);
  return statistic / (freedom * (1 - 2 / (9 * freedom) + 3.72 * Math.sqrt(2 / (9 * freedom))) ** 3);
}

const vocabularies = [
  { size: 1, draws: 50 },
  { size: 2, draws: 2000 },
  { size: 17, draws: 40_000 },
  { size: 260, draws: 20_000 },
  { size: 4096, draws: 4000 },
  { size: 152_000, draws: 300 },
].map(({ size, draws }) => ({ size, draws, logits: normal(size, 2, size) }));

/** Logits spread like those of a model: normal, by the sum of twelve uniform numbers. */
function normal(size: number, deviation: number, seed: number): Float32Array {
  const random = randomSource(seed);
  return Float32Array.from({ length: size }, () => (Array.from({ length: 12 }, random).reduce((total, number) => total + number, 0) - 6) * deviation);
}

const presets: [string, TokenSampler][] = [
  ["greedy", Sampler.greedy()],
  ["top-p", Sampler.topP()],
  ["top-k", Sampler.topK()],
  ["min-p", Sampler.minP()],
  ["multinomial", Sampler.multinomial()],
  ["top-k and top-p", Sampler.topKTopP()],
  ["all at once", { type: "token", temperature: 1.3, topK: 40, topP: 0.9, minP: 0.05 }],
  ["top-p and min-p", { type: "token", temperature: 0.9, topP: 0.7, minP: 0.2 }],
  ["a temperature above 1", Sampler.multinomial(2)],
];

describe.each(presets)("%s", (_name, sampler) => {
  test.each(vocabularies)("draws from $size tokens as its definition says", ({ logits, draws }) => {
    expect(chiSquare(countsOf(sampler, logits, draws), byDefinition(logits, sampler), draws)).toBeLessThan(1);
  });

  test("draws from equal logits as its definition says", () => {
    const logits = new Float32Array(64).fill(-7);
    expect(chiSquare(countsOf(sampler, logits, 20_000), byDefinition(logits, sampler), 20_000)).toBeLessThan(1);
  });

  test("never picks -Infinity, and leaves the logits as they are", () => {
    const logits = Float32Array.of(-Infinity, 3, -Infinity, 3, 2, 2.9, 2.8, 2.7);
    const before = logits.slice();
    const counts = countsOf(sampler, logits, 2000);
    expect([counts.has(0), counts.has(2), logits]).toEqual([false, false, before]);
  });

  test("picks the only entry above -Infinity, however low, and one of Infinity", () => {
    expect([...countsOf(sampler, Float32Array.of(-Infinity, -3e38, -Infinity), 5).keys(), ...countsOf(sampler, Float32Array.of(1, Infinity, 2), 5).keys()]).toEqual([1, 1]);
  });

  test("refuses NaN, and logits that leave no token", () => {
    const broken = [Float32Array.of(1, Number.NaN, 2), Float32Array.of(Number.NaN), Float32Array.of(-Infinity, -Infinity), new Float32Array(0)];
    const codes = broken.map((logits) => {
      try {
        return tokenPicker(sampler)(logits, stepOf(1));
      } catch (error) {
        return StageError.from(error).code;
      }
    });
    expect(codes).toEqual(["internal", "internal", "failed_precondition", "failed_precondition"]);
  });

  test("one random source gives one series of tokens", () => {
    const logits = normal(1000, 2, 5);
    const series = (seed: number): number[] => {
      const step = stepOf(seed);
      const pick = tokenPicker(sampler);
      return Array.from({ length: 20 }, () => pick(logits, step));
    };
    expect(series(9)).toEqual(series(9));
  });
});

test("the tokens that may come, and how likely they are, are those of the definition, whatever the logits", () => {
  const logit = fc.oneof(fc.integer({ min: -40, max: 40 }).map((value) => value / 4), fc.float({ noNaN: true, min: -30, max: 30 }), fc.constant(-Infinity));
  const options = fc.record({
    type: fc.constant("token" as const),
    temperature: fc.double({ min: 0.3, max: 2, noNaN: true }),
    topK: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
    topP: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true }), { nil: undefined }),
    minP: fc.option(fc.double({ min: 0, max: 0.5, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 12 }), options, fc.nat(), (values, sampler, seed) => {
      const logits = Float32Array.from(values);
      fc.pre(values.some((value) => value > -Infinity));
      const expected = byDefinition(logits, sampler);
      const found = countsOf(sampler, logits, 1000, seed);
      for (const token of found.keys()) expect(expected.has(token)).toBe(true);
      for (const [token, probability] of expected) expect(Math.abs((found.get(token) ?? 0) / 1000 - probability)).toBeLessThan(0.1);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("temperature 0 picks the first of the likeliest, and a temperature next to it any of them", () => {
  const logits = Float32Array.of(1, 5, 2, 5, 4.999);
  const picked = [0, 1e-9, 5e-324].map((temperature) => new Set(countsOf(Sampler.multinomial(temperature), logits, 100).keys()));
  expect(picked).toEqual([new Set([1]), new Set([1, 3]), new Set([1, 3])]);
});

test("of equal logits the first are kept", () => {
  const logits = new Float32Array(8).fill(1);
  const kept = (sampler: Sampler): number[] => [...countsOf(sampler, logits, 1000).keys()].sort((left, right) => left - right);
  expect([kept(Sampler.topK(1, 3)), kept(Sampler.topP(1, 0.5)), kept(Sampler.topKTopP(1, 4, 0.5))]).toEqual([[0, 1, 2], [0, 1, 2, 3], [0, 1]]);
});

test("pickers share their scratch over vocabularies of any size, and do not disturb each other", () => {
  const small = normal(50, 2, 1);
  const large = normal(5000, 2, 2);
  const alone = [countsOf(Sampler.topP(), small, 200), countsOf(Sampler.topK(), large, 200)];
  const [first, second] = [tokenPicker(Sampler.topP()), tokenPicker(Sampler.topK())];
  const steps = [stepOf(1), stepOf(1)] as const;
  const mixed = [new Map<number, number>(), new Map<number, number>()];
  for (let draw = 0; draw < 200; draw++) {
    for (const [index, token] of [first(small, steps[0]), second(large, steps[1])].entries()) mixed[index]?.set(token, (mixed[index].get(token) ?? 0) + 1);
  }
  expect(mixed).toEqual(alone);
});

test("processors work on a copy, in their order, and a sampler function sees what they made of it", () => {
  const logits = Float32Array.of(1, 2, 3);
  const seen: number[][] = [];
  const pick = tokenPicker((changed) => (seen.push([...changed]), 1), [(changed) => changed.fill(5, 1), (changed) => (changed[2] = (changed[2] ?? 0) * 2)]);
  expect([pick(logits, stepOf(1)), pick(logits, stepOf(1)), seen, [...logits]]).toEqual([1, 1, [[1, 5, 10], [1, 5, 10]], [1, 2, 3]]);
});
