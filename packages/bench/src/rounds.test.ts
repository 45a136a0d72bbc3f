import { expect, test } from "vitest";
import { measureRounds, ratioOf, type Case } from "./rounds.js";

const effort = { rounds: 4, milliseconds: 1 };

const counting = (calls: string[], name: string) => ({
  name,
  run: async (items: number) => {
    calls.push(name);
    return { items, sum: items, expected: items };
  },
});

test("each round runs everything once, and the rounds do not all have the same order", async () => {
  const calls: string[] = [];
  const cases: Case[] = ["a", "b"].map((name) => ({ name, most: 100, runners: [counting(calls, `${name}1`), counting(calls, `${name}2`)] }));
  const times = await measureRounds(cases, effort);
  const rounds = Array.from({ length: 7 }, (_, round) => calls.slice(round * 4, round * 4 + 4));
  expect(rounds.map((round) => [...round].sort())).toEqual(Array.from({ length: 7 }, () => ["a1", "a2", "b1", "b2"]));
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
  expect(times.map((one) => [...one.values()].map((values) => values.length))).toEqual([[4, 4], [4, 4]]);
});

test("a sum that is not the expected one ends the measurement with the names and both sums", async () => {
  const wrong: Case = { name: "C5", most: 10, runners: [{ name: "broken", run: async (items) => ({ items, sum: 1, expected: 2 }) }] };
  await expect(measureRounds([wrong], effort)).rejects.toThrow("broken gives 1 instead of 2 for C5");
});

test("a ratio is the median of the ratios within a round", () => {
  expect(ratioOf(new Map([["a", [2, 30, 8]], ["floor", [1, 10, 2]]]), "a", "floor")).toBe(3);
});
