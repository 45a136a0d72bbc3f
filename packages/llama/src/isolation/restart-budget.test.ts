import { expect, test } from "vitest";
import { RestartBudget } from "./restart-budget.js";

test("so many restarts within any minute, and none without", () => {
  const budget = new RestartBudget(2);
  expect([0, 10_000, 59_999, 60_000, 69_999, 70_000].map((now) => budget.take(now))).toEqual([true, true, false, true, false, true]);
  expect(new RestartBudget(0).take(0)).toBe(false);
});
