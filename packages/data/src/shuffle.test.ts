import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromIterable } from "./index.js";
import { randomOf } from "./random.js";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ascending = (a: number, b: number): number => a - b;

describe("shuffle", () => {
  test("gives every item once, in the same order for the same seed in every reading", async () => {
    await fc.assert(fc.asyncProperty(seeds, fc.nat(60), fc.integer({ min: 1, max: 80 }), async (seed, count, buffer) => {
      const data = fromIterable(upTo(count)).shuffle({ seed, buffer });
      const order = await data.toArray();
      expect([await data.toArray(), order.toSorted(ascending)]).toEqual([order, upTo(count)]);
    }));
  });

  test("gives another order for another seed, also for one that differs in its upper half only", async () => {
    const orders = await Promise.all([1, 2, 2 ** 32 + 1].map(async (seed) => (await fromIterable(upTo(100)).shuffle({ seed }).toArray()).join(" ")));
    expect(new Set([...orders, upTo(100).join(" ")]).size).toBe(4);
  });

  test("holds no more than its buffer: no item comes earlier than that allows", async () => {
    const order = await fromIterable(upTo(1000)).shuffle({ seed: 7, buffer: 10 }).toArray();
    expect(order.every((item, place) => item <= place + 10)).toBe(true);
  });

  test("gives each order of three items equally often", async () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = (await fromIterable(upTo(3)).shuffle({ seed }).toArray()).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.values()].map((count) => count > 850 && count < 1150)).toEqual(Array.from({ length: 6 }, () => true));
  });
});

describe("split", () => {
  test("puts every item in one half, in its order, the same in every reading", async () => {
    await fc.assert(fc.asyncProperty(seeds, fc.nat(80), fc.double({ min: 0, max: 1, noNaN: true }), async (seed, count, fraction) => {
      const [train, check] = fromIterable(upTo(count)).split(fraction, { seed });
      const [drawn, rest] = [await train.toArray(), await check.toArray()];
      expect([await train.toArray(), await check.toArray(), drawn.toSorted(ascending), rest.toSorted(ascending), [...drawn, ...rest].toSorted(ascending)]).toEqual([drawn, rest, drawn, rest, upTo(count)]);
    }));
  });

  test("draws as many of every ten as the fraction says, others with another seed", async () => {
    const draws = await Promise.all([1, 2].map(async (seed) => (await fromIterable(upTo(20)).split(0.8, { seed })[0].toArray())));
    expect([draws.map(({ length }) => length), draws.map((draw) => draw.filter((n) => n < 10).length), new Set(draws.map(String)).size]).toEqual([[16, 16], [8, 8], 2]);
  });

  test("draws nothing of a fraction of 0 and everything of 1", async () => {
    const sizes = [0, 1].map(async (fraction) => Promise.all(fromIterable(upTo(25)).split(fraction, { seed: 3 }).map((half) => half.count())));
    expect(await Promise.all(sizes)).toEqual([[0, 25], [25, 0]]);
  });

  test("comes near the fraction over many items where ten cannot be divided by it", async () => {
    const sizes = await Promise.all(upTo(200).map((seed) => fromIterable(upTo(10)).split(0.25, { seed })[0].count()));
    expect([new Set(sizes), Math.abs(sizes.reduce((a, b) => a + b) / 2000 - 0.25) < 0.02]).toEqual([new Set([2, 3]), true]);
  });
});

test("random numbers of a seed are spread evenly", () => {
  const random = randomOf(42)();
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 100_000; draw++) {
    const drawn = random(10);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([counts.size, [...counts.values()].every((count) => Math.abs(count - 10_000) < 400)]).toEqual([10, true]);
});
