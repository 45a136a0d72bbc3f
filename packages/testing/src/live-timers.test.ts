import { expect, test } from "vitest";
import { liveTimers } from "./live-timers.js";
import { turns } from "./signals.js";

const real = { setTimeout, setInterval, clearTimeout, clearInterval };
const current = (): object => ({ setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval, clearTimeout: globalThis.clearTimeout, clearInterval: globalThis.clearInterval });

test("timers count until they fire or are cleared, whichever function and handle does it", async () => {
  using timers = liveTimers();
  const given: unknown[] = [];
  const counts = [timers.count];
  setTimeout((...values: unknown[]) => given.push(...values), 0, 1, 2);
  const late = setTimeout(() => given.push("late"), 60_000);
  const byNumber = setTimeout(() => given.push("by number"), 60_000);
  const interval = setInterval(() => given.push("interval"), 60_000);
  counts.push(timers.count);
  await turns(20);
  counts.push(timers.count);
  clearTimeout(late);
  clearTimeout(Number(byNumber));
  clearTimeout(undefined);
  counts.push(timers.count);
  clearTimeout(interval);
  expect([counts, timers.count, given]).toEqual([[0, 4, 3, 1], 0, [1, 2]]);
});

test("a timer counts no more when it runs, so that what it does may look", async () => {
  using timers = liveTimers();
  const seen = await new Promise((resolve) => setTimeout(() => resolve(timers.count), 0));
  expect(seen).toBe(0);
});

test("stopping clears what waits and gives the runtime its functions back, once", () => {
  const timers = liveTimers();
  setTimeout(() => {}, 60_000);
  setInterval(() => {}, 60_000);
  timers.stop();
  expect([timers.count, current()]).toEqual([0, real]);
  {
    using _ = liveTimers();
  }
  expect(current()).toEqual(real);
  const other = liveTimers();
  timers.stop();
  setTimeout(() => {}, 60_000);
  expect(other.count).toBe(1);
  other.stop();
});
