import { expect, test } from "vitest";
import { randomSeed, randomSource } from "./random.js";

const draw = (seed: number, count: number): number[] => Array.from({ length: count }, randomSource(seed));

test("the same seed gives the same numbers and another seed others, up to the largest safe integer", () => {
  expect(draw(7, 4)).toEqual(draw(7, 4));
  const seeds = [0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, Number.MAX_SAFE_INTEGER];
  expect(new Set(seeds.map((seed) => draw(seed, 1)[0])).size).toBe(seeds.length);
});

test("the numbers do not change from release to release", () => {
  expect(draw(42, 3)).toMatchInlineSnapshot(`
    [
      0.4690228074086935,
      0.10237791505567018,
      0.4584060592243506,
    ]
  `);
});

test("the numbers are uniform in [0, 1), in themselves and in pairs", () => {
  const numbers = draw(1, 64_000);
  const bins = Array.from({ length: 16 }, () => 0);
  for (let index = 0; index < numbers.length; index += 2) {
    const bin = Math.floor((numbers[index] as number) * 4) * 4 + Math.floor((numbers[index + 1] as number) * 4);
    bins[bin] = (bins[bin] as number) + 1;
  }
  const chiSquare = bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  expect([Math.min(...numbers) >= 0, Math.max(...numbers) < 1, chiSquare < 37.7]).toEqual([true, true, true]);
});

test("random seeds are safe integers that differ", () => {
  const seeds = Array.from({ length: 100 }, randomSeed);
  expect([seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0), new Set(seeds).size]).toEqual([true, 100]);
});
