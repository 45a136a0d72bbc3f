import { afterEach, expect, test } from "vitest";
import { turns } from "./signals.js";
import { virtualClock, type VirtualClock } from "./virtual-clock.js";

let installed: VirtualClock | undefined;
const install = (): VirtualClock => (installed = virtualClock().install());
afterEach(() => installed?.uninstall());

test("timers run in the order of their times, those of one time in the order of their start", async () => {
  const clock = install();
  const log: string[] = [];
  setTimeout(() => log.push(`b ${clock.now}`), 20);
  setTimeout((name: string) => log.push(`${name} ${clock.now}`), 10, "a");
  setTimeout(() => log.push(`c ${clock.now}`), 20);
  setTimeout(() => log.push("late"), 21);
  await clock.advance(20);
  expect([log, clock.now, clock.timers]).toEqual([["a 10", "b 20", "c 20"], 20, 1]);
});

test("promises and real turns of the event loop settle between timers, so that a timer set by one runs in its time", async () => {
  const clock = install();
  const log: string[] = [];
  setTimeout(() => {
    void turns().then(() => setTimeout(() => log.push(`inner ${clock.now}`), 5));
  }, 10);
  setTimeout(() => log.push(`outer ${clock.now}`), 30);
  await clock.advance(100);
  expect(log).toEqual(["inner 15", "outer 30"]);
});

test("an interval repeats until it is cleared, from within too", async () => {
  const clock = install();
  const times: number[] = [];
  const interval = setInterval(() => {
    times.push(clock.now);
    if (times.length === 3) clearInterval(interval);
  }, 10);
  await clock.advance(100);
  expect([times, clock.timers]).toEqual([[10, 20, 30], 0]);
});

test("a timer is cleared by its handle or its number, and has what Node's has", async () => {
  const clock = install();
  const log: string[] = [];
  clearTimeout(setTimeout(() => log.push("cleared"), 1));
  clearTimeout(Number(setTimeout(() => log.push("cleared by number"), 1)));
  clearTimeout(undefined);
  const timer = setTimeout(() => log.push(`refreshed ${clock.now}`), 10).unref();
  await clock.advance(5);
  timer.refresh();
  expect(timer.hasRef()).toBe(false);
  await clock.advance(20);
  expect(log).toEqual(["refreshed 15"]);
});

test("Date, performance and AbortSignal.timeout follow, and all is given back", async () => {
  const real = { setTimeout, setInterval, clearTimeout, clearInterval, Date, now: performance.now, timeout: AbortSignal.timeout };
  const own = Object.getOwnPropertyDescriptor(performance, "now");
  const clock = virtualClock({ epoch: Date.UTC(2030, 0, 1) });
  {
    using place = clock.install();
    const signal = AbortSignal.timeout(1000);
    await place.advance(999);
    expect(signal.aborted).toBe(false);
    await place.advance(1);
    expect([(signal.reason as DOMException).name, performance.now(), Date.now(), new Date().toISOString()]).toEqual(["TimeoutError", 1000, Date.UTC(2030, 0, 1) + 1000, "2030-01-01T00:00:01.000Z"]);
    expect([new Date(5).getTime(), new Date() instanceof Date, Date.UTC(1970, 0, 1), Date()]).toEqual([5, true, 0, new real.Date(Date.now()).toString()]);
  }
  expect({ setTimeout, setInterval, clearTimeout, clearInterval, Date, now: performance.now, timeout: AbortSignal.timeout }).toEqual(real);
  expect(Object.getOwnPropertyDescriptor(performance, "now")).toEqual(own);
});

test("a second clock is refused while one is in place", () => {
  const clock = install();
  expect(() => virtualClock().install()).toThrow("another clock is in place");
  expect(clock.install()).toBe(clock);
});

test("a clock works without being installed", async () => {
  const clock = virtualClock();
  let slept = -1;
  const sleeping = clock.sleep(30).then(() => (slept = clock.now));
  await clock.advance(29);
  expect(slept).toBe(-1);
  await clock.advance(1);
  expect(await sleeping).toBe(30);
});

test("until moves from timer to timer and no further than it must", async () => {
  const clock = virtualClock();
  const later = clock.sleep(70_000).then(() => "later");
  const work = (async () => {
    await clock.sleep(10);
    await clock.sleep(60_000);
    return "done";
  })();
  expect([await clock.until(work), clock.now]).toEqual(["done", 60_010]);
  await expect(clock.until(Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(await clock.until(later)).toBe("later");
  await expect(clock.until(new Promise(() => {}))).rejects.toThrow("no timer is left within 3600000 ms");
});

test("moves that are made at once follow each other", async () => {
  const clock = virtualClock();
  const log: number[] = [];
  for (const time of [5, 15]) void clock.sleep(time).then(() => log.push(clock.now));
  await Promise.all([clock.advance(10), clock.advance(10)]);
  expect([log, clock.now]).toEqual([[5, 15], 20]);
});

test("bad times, timers that throw and timers without end are told", async () => {
  const clock = install();
  await expect(clock.advance(-1)).rejects.toThrow("clock.advance: the time must be a number of milliseconds from 0 on, not -1");
  setTimeout(() => {
    throw new Error("in a timer");
  }, 1);
  await expect(clock.advance(1)).rejects.toThrow("in a timer");
  const again = (): void => void setTimeout(again, 0);
  again();
  await expect(clock.advance(1)).rejects.toThrow("more than 100000 timers at 1 ms");
});
