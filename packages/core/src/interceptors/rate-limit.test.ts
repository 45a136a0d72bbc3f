import { turns } from "@iftk/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { intercept, unary } from "../index.js";
import { rateLimit, type RateLimitOptions } from "./index.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left`);
});

function clocked(options: RateLimitOptions) {
  const began = Date.now();
  return intercept(unary(async (n: number) => `${n} at ${Date.now() - began}`), rateLimit(options));
}

test.for([
  ["so many begin at once, the others evenly spaced", { limit: 2, interval: 1000 }, ["0 at 0", "1 at 0", "2 at 500", "3 at 1000", "4 at 1500"]],
  ["without a burst all are spaced", { limit: 2, interval: 1000, burst: 1 }, ["0 at 0", "1 at 500", "2 at 1000", "3 at 1500", "4 at 2000"]],
  ["a limit that does not divide the interval", { limit: 3, interval: 1000 }, ["0 at 0", "1 at 0", "2 at 0", "3 at 334", "4 at 667"]],
] as [string, RateLimitOptions, string[]][])("%s", async ([, options, expected]) => {
  const stage = clocked(options);
  const answers = Promise.all([0, 1, 2, 3, 4].map((n) => stage(n)));
  await vi.advanceTimersByTimeAsync(5000);
  expect(await answers).toEqual(expected);
});

test("a pause earns a burst, and no more than that", async () => {
  const stage = clocked({ limit: 2, interval: 1000 });
  const answers: Promise<string>[] = [];
  for (const n of [0, 1, 2]) answers.push(stage(n));
  await vi.advanceTimersByTimeAsync(10_000);
  for (const n of [3, 4, 5]) answers.push(stage(n));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await Promise.all(answers)).toEqual(["0 at 0", "1 at 0", "2 at 500", "3 at 10000", "4 at 10000", "5 at 10500"]);
});

test("who gives up while waiting leaves at once, and those behind move up", async () => {
  const stage = clocked({ limit: 1, interval: 1000 });
  const controller = new AbortController();
  const first = stage(0);
  const second = stage(1, { signal: controller.signal }).catch((error: unknown) => error);
  const third = stage(2);
  await vi.advanceTimersByTimeAsync(200);
  controller.abort(new Error("given up"));
  await turns();
  await vi.advanceTimersByTimeAsync(1000);
  expect([await first, await second, await third]).toEqual(["0 at 0", new Error("given up"), "2 at 1000"]);
});

test("when the last one gives up no timer stays", async () => {
  const stage = clocked({ limit: 1, interval: 1000 });
  const controller = new AbortController();
  await stage(0);
  const second = stage(1, { signal: controller.signal }).catch((error: Error) => error.message);
  await turns();
  const timers = vi.getTimerCount();
  controller.abort(new Error("given up"));
  expect([timers, await second, vi.getTimerCount()]).toEqual([1, "given up", 0]);
});

test("a full queue refuses", async () => {
  const stage = clocked({ limit: 1, interval: 10, queue: 1 });
  const answers = [stage(0), stage(1)];
  await turns();
  await expect(stage(2)).rejects.toMatchObject({ code: "resource_exhausted", message: "rateLimit: 1 calls are waiting already; try again later, or make queue larger" });
  await vi.advanceTimersByTimeAsync(10);
  expect(await Promise.all(answers)).toEqual(["0 at 0", "1 at 10"]);
});

test("in no window do more begin than the burst and what the interval gives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(300), { minLength: 1, maxLength: 30 }), async (limit, interval, burst, gaps) => {
      const began: number[] = [];
      const stage = intercept(unary(async (_: number) => began.push(Date.now())), rateLimit({ limit, interval, burst }));
      const answers: Promise<unknown>[] = [];
      for (const gap of gaps) {
        await vi.advanceTimersByTimeAsync(gap);
        answers.push(stage(answers.length));
      }
      await vi.advanceTimersByTimeAsync(30 * (interval + 1));
      await Promise.all(answers);
      const spacing = interval / limit;
      const excess = began.flatMap((from, index) => began.slice(index).filter((at, count) => count + 1 > burst + (at - from + 1) / spacing));
      expect([began.length, excess]).toEqual([gaps.length, []]);
    }),
    { numRuns: 40 },
  );
});

test("options out of range are refused", () => {
  expect(() => rateLimit({ limit: 1, interval: 0 })).toThrow("rateLimit: interval must be a number from 1 on, not 0");
});
