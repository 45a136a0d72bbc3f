import { turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { candidateOf, evolve, type NormalDistribution } from "./evolution.js";
import { gaussianSource } from "./gaussian.js";
import { utilities } from "./utilities.js";

const around = (length: number, sigma: number): NormalDistribution => ({ mean: new Float32Array(length), deviations: new Float32Array(length).fill(sigma) });

/** Evolves towards the lowest value of a function. */
async function minimise(start: NormalDistribution, value: (parameters: Float32Array) => number, { population = 16, generations = 100, maxSigma = Infinity }): Promise<NormalDistribution> {
  let distribution = start;
  for (let generation = 0; generation < generations; generation++) {
    const seeds = Array.from({ length: population }, (_, index) => generation * population + index);
    const scores: number[] = [];
    for (const seed of seeds) scores.push(-value(await candidateOf(distribution, seed)));
    distribution = await evolve(distribution, scores, seeds, { muFraction: 0.5, maxSigma });
  }
  return distribution;
}

const target = Float32Array.from({ length: 10 }, (_, index) => Math.sin(index));
const sphere = (parameters: Float32Array): number => parameters.reduce((sum, value, index) => sum + (value - (target[index] as number)) ** 2, 0);

test("a quadratic function is minimised to a millionth of its first value", async () => {
  const start = around(10, 0.3);
  const { mean } = await minimise(start, sphere, { generations: 150 });
  expect(sphere(mean) / sphere(start.mean)).toBeLessThan(1e-6);
});

test("each element has its own step: what matters little varies more", async () => {
  const importance = [1, 1, 1, 1e-4, 1e-4, 1e-4];
  const value = (parameters: Float32Array) => parameters.reduce((sum, element, index) => sum + (importance[index] as number) * (element - 1) ** 2, 0);
  const { deviations } = await minimise(around(6, 0.3), value, { generations: 60 });
  expect(Math.min(...deviations.subarray(3))).toBeGreaterThan(Math.max(...deviations.subarray(0, 3)));
});

test("no deviation grows beyond the limit, and without one they do", async () => {
  const far = (parameters: Float32Array) => Math.abs((parameters[0] as number) - 100);
  const deviationOf = async (maxSigma: number) => (await minimise(around(1, 0.1), far, { generations: 20, maxSigma })).deviations[0] as number;
  expect([(await deviationOf(0.125)) <= 0.125, (await deviationOf(Infinity)) > 0.125]).toEqual([true, true]);
});

test("the same scores and seeds in any order give the same, to the last bit", async () => {
  const start = { mean: Float32Array.from({ length: 50 }, Math.sin), deviations: new Float32Array(50).fill(0.1) };
  const scored = fc.uniqueArray(fc.record({ seed: fc.maxSafeNat(), score: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true })) }), { selector: ({ seed }) => seed, minLength: 2, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(scored.chain((pairs) => fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))), async ([one, other]) => {
      const [left, right] = await Promise.all([one, other].map((pairs) => evolve(start, pairs.map(({ score }) => score), pairs.map(({ seed }) => seed), { muFraction: 0.5 })));
      expect(left).toEqual(right);
    }),
    { numRuns: 50 },
  );
});

test("a population of equals moves nothing", async () => {
  const start = around(20, 0.5);
  expect(await evolve(start, [3, 3, 3, 3, 3, 3, 3], [1, 2, 3, 4, 5, 6, 7], { muFraction: 0.4 })).toEqual(start);
});

test("a candidate is what its seed draws, in however many stretches", async () => {
  const length = 300_001;
  const drawn = new Float32Array(length);
  gaussianSource(9)(drawn);
  const candidate = await candidateOf({ mean: new Float32Array(length).fill(1), deviations: new Float32Array(length).fill(2) }, 9);
  expect([0, 1, 131_071, 131_072, 262_144, length - 1].map((index) => candidate[index])).toEqual([0, 1, 131_071, 131_072, 262_144, length - 1].map((index) => Math.fround(1 + 2 * (drawn[index] as number))));
});

test("others run while a large vector is worked on, and the signal is heard", async () => {
  const large = around(2_000_000, 1);
  const controller = new AbortController();
  const reason = new Error("enough");
  const evolving = evolve(large, [1, 2], [3, 4], { muFraction: 0.5, signal: controller.signal });
  let isSettled = false;
  void evolving.catch(() => (isSettled = true));
  await turns();
  expect(isSettled).toBe(false);
  controller.abort(reason);
  await expect(evolving).rejects.toBe(reason);
  await expect(candidateOf(large, 1, controller.signal)).rejects.toBe(reason);
});

describe("refused are", () => {
  test.each([
    ["one seed", [1], [1], /at least two seeds, got 1 and 1/],
    ["fewer scores than seeds", [1], [1, 2], /got 1 and 2/],
    ["a seed twice", [1, 2], [5, 5], /5 is given twice/],
    ["a score that is no number", [1, NaN], [4, 5], /seed 5 is not a number/],
    ["a seed that is none", [1, 2], [4, -5], /non-negative safe integer, got -5/],
  ])("%s", async (_, scores, seeds, message) => {
    await expect(evolve(around(3, 1), scores, seeds, { muFraction: 0.5 })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(message) as string });
  });
});

test("a candidate that failed is scored as -Infinity and counts as the last", () => {
  expect(Array.from(utilities([-Infinity, 0, Infinity], 0.5))).toEqual([-1 / 3, -1 / 3, 1 - 1 / 3]);
});

test("utilities are those of the strategy's authors when half of the candidates count, and sum to 0", () => {
  const count = 8;
  const weights = Array.from({ length: count }, (_, rank) => Math.max(0, Math.log(count / 2 + 1) - Math.log(rank + 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const found = utilities([8, 7, 6, 5, 4, 3, 2, 1], 0.5);
  expect(Array.from(found)).toEqual(weights.map((weight) => weight / total - 1 / count));
  expect(found.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
});

test("the numbers of a seed are normally distributed and independent of their neighbours", () => {
  const numbers = new Float32Array(100_000);
  gaussianSource(1)(numbers);
  const moment = (power: number) => numbers.reduce((sum, number) => sum + number ** power, 0) / numbers.length;
  const neighbours = numbers.reduce((sum, number, index) => sum + number * (numbers[index + 1] ?? 0), 0) / numbers.length;
  const beyondTwo = numbers.filter((number) => Math.abs(number) > 2).length / numbers.length;
  // Each within four standard errors.
  expect([Math.abs(moment(1)) < 0.0127, Math.abs(moment(2) - 1) < 0.018, Math.abs(moment(4) - 3) < 0.124, Math.abs(neighbours) < 0.0127, Math.abs(beyondTwo - 0.0455) < 0.0027]).toEqual([true, true, true, true, true]);
});
