import { pipe, take, type Bidi, type Stream } from "@iftk/core";
import { virtualClock, type VirtualClock } from "@iftk/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { draw, failure, record } from "./fixtures/timeline.js";
import { bufferBy, debounce, delay, sample, throttle, timeInterval, timestamp, windowTime } from "./index.js";

let clock: VirtualClock;
beforeEach(() => {
  clock = virtualClock().install();
});
afterEach(() => clock.uninstall());

/** Runs a drawn stream through a stage, and tells what came when; afterwards no timer is left. */
async function through<Out>(line: string, stage: Bidi<string, Out>, busy?: (count: number) => number): Promise<[number, unknown][]> {
  const seen = await clock.until(record(clock, stage(draw(clock, line)), busy));
  expect(clock.timers).toBe(0);
  return seen;
}

describe("debounce", () => {
  test("gives a value that was followed by silence, and the last one at the end", async () => {
    expect(await through("abc------d-e--|", debounce(50))).toEqual([[70, "c"], [140, "e"], [140, "|"]]);
  });

  test("an error is told at once, and what was held is dropped", async () => {
    expect(await through("a-#", debounce(50))).toEqual([[20, failure]]);
  });

  test("a consumer that is late gets the newest of what came, counted from when it came", async () => {
    expect(await through("a--------b--------c---------|", debounce(30), (count) => (count === 1 ? 200 : 0))).toEqual([[30, "a"], [260, "c"], [280, "|"]]);
  });

  test("a time of 0 lets a newer value that is ready win", async () => {
    expect(await through("a---b|", debounce(0))).toEqual([[0, "a"], [40, "b"], [50, "|"]]);
  });

  test("a time beyond what a timer can wait is waited for all the same", async () => {
    const days = 60 * 24 * 3_600_000;
    const seen = record(clock, debounce<string>(days)(draw(clock, "a")));
    await clock.advance(days - 1);
    expect(clock.timers).toBe(1);
    expect(await Promise.race([seen, clock.advance(1).then(() => "waits for more")])).toBe("waits for more");
    expect(clock.timers).toBe(0);
  });
});

describe("throttle", () => {
  test("gives the first value of each period", async () => {
    expect(await through("abcdefgh--|", throttle(30))).toEqual([[0, "a"], [30, "d"], [60, "g"], [100, "|"]]);
  });

  test("with trailing gives the last one at the end of the period, too", async () => {
    expect(await through("abcdefgh-------i|", throttle(33, { trailing: true }))).toEqual([[0, "a"], [33, "d"], [66, "g"], [99, "h"], [150, "i"], [160, "|"]]);
  });

  test("with trailing only, a value waits for the end of its period, or of the source", async () => {
    expect(await through("ab-------cd|", throttle(30, { leading: false, trailing: true }))).toEqual([[30, "b"], [110, "d"], [110, "|"]]);
  });

  test("a consumer that is late gets the next value at once", async () => {
    expect(await through("ab------c---|", throttle(30), (count) => (count === 1 ? 60 : 0))).toEqual([[0, "a"], [60, "b"], [120, "|"]]);
  });

  test("an error is told at once", async () => {
    expect(await through("ab#", throttle(30, { trailing: true }))).toEqual([[0, "a"], [20, failure]]);
  });
});

describe("sample", () => {
  test("gives the newest value at each tick, and nothing at a tick without one", async () => {
    expect(await through("-abc------d-|", sample(50))).toEqual([[50, "c"], [120, "d"], [120, "|"]]);
  });

  test("by another stream: gives the newest value whenever that gives one", async () => {
    expect(await through("abc-d----e-|", sample(() => draw(clock, "---x----y|")))).toEqual([[30, "c"], [80, "d"], [110, "e"], [110, "|"]]);
  });

  test("an error of the other stream closes both", async () => {
    expect(await through("abcdef|", sample(() => draw(clock, "---#")))).toEqual([[30, failure]]);
  });

  test("a consumer that is late gets the newest at once and goes on with the ticks", async () => {
    expect(await through("a-b----c-------------|", sample(50), (count) => (count === 1 ? 90 : 0))).toEqual([[50, "b"], [140, "c"], [210, "|"]]);
  });
});

describe("delay", () => {
  test("keeps the distances between values, and comes later by the time; the end follows the last", async () => {
    expect(await through("ab--c|", delay(100))).toEqual([[100, "a"], [110, "b"], [140, "c"], [140, "|"]]);
  });

  test("an error comes after the values before it", async () => {
    expect(await through("ab#", delay(100))).toEqual([[100, "a"], [110, "b"], [110, failure]]);
  });

  test("beyond its size the source waits, and nothing is lost", async () => {
    expect(await through("abcd|", delay(100, { size: 2 }))).toEqual([[100, "a"], [110, "b"], [200, "c"], [210, "d"], [210, "|"]]);
  });
});

describe("bufferBy", () => {
  test("gives an array when it is full, when the time of its first value is over, and at the end", async () => {
    expect(await through("abcd----e-|", bufferBy({ count: 3, time: 40 }))).toEqual([[20, ["a", "b", "c"]], [70, ["d"]], [100, ["e"]], [100, "|"]]);
  });

  test("what was gathered is given before an error", async () => {
    expect(await through("ab#", bufferBy({ time: 100 }))).toEqual([[20, ["a", "b"]], [20, failure]]);
  });

  test("gathers on while the consumer is busy, up to its count", async () => {
    expect(await through("abcdefghi|", bufferBy({ count: 3 }), (count) => (count === 1 ? 100 : 0))).toEqual([[20, ["a", "b", "c"]], [120, ["d", "e", "f"]], [120, ["g", "h", "i"]], [120, "|"]]);
  });
});

describe("windowTime", () => {
  test("gives what came in each span, also when that is nothing", async () => {
    expect(await through("-ab-c---------d|", windowTime(50))).toEqual([[50, ["a", "b", "c"]], [100, []], [150, ["d"]], [150, "|"]]);
  });

  test("slides when it is given more often than its span lasts", async () => {
    expect(await through("-a-b-c-d|", windowTime(55, { every: 20 }))).toEqual([[20, ["a"]], [40, ["a", "b"]], [60, ["a", "b", "c"]], [80, ["b", "c", "d"]], [80, "|"]]);
  });

  test("what came after the last window is given at the end, and before an error", async () => {
    expect([await through("-ab|", windowTime(50)), await through("-ab#", windowTime(50))]).toEqual([[[30, ["a", "b"]], [30, "|"]], [[60, ["a", "b"]], [60, failure]]]);
  });

  test("a consumer that is late gets the newest window, without those it missed", async () => {
    expect(await through("-a---b----c----d-----|", windowTime(50), (count) => (count === 1 ? 120 : 0))).toEqual([[50, ["a"]], [170, ["c"]], [200, ["d"]], [210, "|"]]);
  });

  test("while it is full the source is not read", async () => {
    const numbers = async function* (): Stream<number> {
      for (let number = 1; ; number++) yield number;
    };
    const stream = pipe(windowTime<number>(50, { size: 3 }), take(2))(numbers());
    expect(await clock.until(record(clock, stream))).toEqual([[50, [1, 2, 3]], [100, [4, 5, 6]], [100, "|"]]);
  });
});

test("timestamp and timeInterval tell when a value came, and how long it took", async () => {
  expect(await through("--a---b|", timestamp())).toEqual([[20, { value: "a", time: 20 }], [60, { value: "b", time: 60 }], [70, "|"]]);
  expect(await through("--a---b|", timeInterval())).toEqual([[90, { value: "a", elapsed: 20 }], [130, { value: "b", elapsed: 40 }], [140, "|"]]);
});

test("times and sizes that cannot be are refused with what and where", () => {
  const refusals = [
    () => debounce(-1), () => throttle(Number.NaN), () => throttle(1, { leading: false }), () => sample(Infinity), () => delay(1, { size: 0 }),
    () => bufferBy({}), () => bufferBy({ count: 1.5 }), () => windowTime(0),
  ].map((make) => {
    try {
      return make();
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(refusals).toEqual([
    "debounce: the time in milliseconds must be a number from 0 on, not -1",
    "throttle: the time in milliseconds must be a number from 0 on, not NaN",
    "throttle: nothing would be given; set leading or trailing",
    "sample: the period in milliseconds must be a number from 0 on, not Infinity",
    "delay: size must be a whole number from 1 on, not 0",
    "bufferBy: give a count, a time, or both",
    "bufferBy: count must be a whole number from 1 on, not 1.5",
    "windowTime: the span in milliseconds must be a number from 1 on, not 0",
  ]);
});
