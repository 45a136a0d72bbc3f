import { bidi, collect, forEach, from, type Bidi, type Stream } from "@iftk/core";
import { feed, hang, tracked, turns, virtualClock } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { batch, concat, count, debounce, delay, drop, interval, merge, queue, rate, take, tee, throttle, zip } from "../index.js";

const { signal } = new AbortController();
const call = { signal };

async function told(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise.catch((error: unknown) => error), turns(20).then(() => "pending")]);
}

/** A source of 1, 2, 3 and so on, each after a promise. */
async function* counting(end: number): AsyncGenerator<number, void, undefined> {
  for (let value = 1; value <= end; value++) yield await Promise.resolve(value);
}

/** A stage that measures when values come out. */
async function timed(stage: (input: Stream<unknown>) => Stream<unknown>, input: Stream<unknown>): Promise<[number, unknown][]> {
  using clock = virtualClock().install();
  const seen: [number, unknown][] = [];
  await clock.until(forEach(stage(input), (value) => void seen.push([clock.now, value])));
  return seen;
}

describe("tee", () => {
  test("gives every value to every branch", async () => {
    const branches = tee()(counting(100), ["out0", "out1", "out2"], call);
    const all = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(await Promise.all(branches.map((branch) => collect(branch)))).toEqual([all, all, all]);
  });

  test.each([
    ["block", { fast: 3, slow: [1, 2, 3, 4, 5, 6, 7, 8] }],
    ["drop-oldest", { fast: 8, slow: [7, 8] }],
    ["latest", { fast: 8, slow: [8] }],
  ] as const)("with policy %s does with a branch that is behind what that says", async (policy, { fast, slow }) => {
    const [one, other] = tee({ size: 2, policy })(counting(8), ["out0", "out1"], call) as [Stream<unknown>, Stream<unknown>];
    const seen: unknown[] = [];
    const reading = forEach(one, (value) => void seen.push(value));
    await turns(5);
    expect(seen.length).toBeLessThanOrEqual(fast);
    if (policy !== "block") expect(seen).toHaveLength(8);
    const [given] = await Promise.all([collect(other), reading]);
    expect([given, seen.length]).toEqual([slow, 8]);
  });

  test("with policy error fails the branch that is behind, and the others go on", async () => {
    const [one, other] = tee({ size: 2, policy: "error" })(counting(8), ["out0", "out1"], call) as [Stream<unknown>, Stream<unknown>];
    expect((await collect(one)).length).toBe(8);
    await expect(collect(other)).rejects.toThrow(expect.objectContaining({ code: "resource_exhausted" }));
  });

  test("goes on when the consumer of a branch leaves, and closes the source with the last", async () => {
    const source = tracked(counting(5));
    const [one, other] = tee()(source, ["out0", "out1"], call) as [Stream<unknown>, Stream<unknown>];
    for await (const _ of one) break;
    expect(source.closed).toBe(0);
    expect([await collect(other), source.closed]).toEqual([[1, 2, 3, 4, 5], 1]);
  });

  test("with onLeave=end ends the others when the consumer of a branch leaves, also those that wait", async () => {
    const source = tracked(hang(1));
    const [one, other] = tee({ onLeave: "end" })(source, ["out0", "out1"], call) as [Stream<unknown>, Stream<unknown>];
    const rest = collect(other);
    for await (const _ of one) break;
    expect([await told(rest), source.closed]).toEqual([[1], 1]);
  });

  test("with onLeave=end gives all when nobody leaves", async () => {
    const branches = tee({ onLeave: "end", size: 1 })(counting(5), ["out0", "out1"], call);
    expect(await Promise.all(branches.map((branch) => collect(branch)))).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
  });

  test("tells every branch of an error", async () => {
    const error = new Error("of the source");
    const failing = async function* (): AsyncGenerator<number> {
      yield 1;
      throw error;
    };
    for (const onLeave of ["continue", "end"] as const) {
      const branches = tee({ onLeave })(failing(), ["out0", "out1"], call);
      expect(await Promise.all(branches.map((branch) => told(collect(branch))))).toEqual([error, error]);
    }
  });
});

test("merge, concat and zip join their inputs", async () => {
  const inputs = (): Stream<unknown>[] => [feed(1, 2), feed("a", "b", "c")];
  const pads = ["in0", "in1"];
  expect([(await collect(merge()(inputs(), pads, call))).length, await collect(concat()(inputs(), pads, call)), await collect(zip()(inputs(), pads, call))]).toEqual([5, [1, 2, "a", "b", "c"], [[1, "a"], [2, "b"]]]);
});

test("merge gives what one input has while another hangs", async () => {
  const output = merge()([hang(), feed(1)], ["in0", "in1"], call)[Symbol.asyncIterator]();
  expect(await output.next()).toEqual({ done: false, value: 1 });
  await output.return?.();
});

test("queue lets its source go ahead by its size and no more", async () => {
  const source = tracked(counting(50));
  const output = queue({ size: 4 })(source)[Symbol.asyncIterator]();
  await output.next();
  await turns(5);
  expect(source.pulled).toBeLessThanOrEqual(6);
  await output.return?.();
  expect(source.closed).toBe(1);
});

test("rate spaces values evenly, and a timer that was late or a silence earns no burst", async () => {
  expect(await timed(rate({ perSecond: 100 }), from([1, 2, 3]))).toEqual([[0, 1], [10, 2], [20, 3]]);
});

test("a rate that changes holds from the next value on", async () => {
  const properties = { perSecond: 100 };
  const changing = rate.definition.create(properties, { name: "rate", report: () => {} }) as Bidi<unknown, unknown>;
  const slower = bidi(async function* slower(input: Stream<unknown>) {
    for await (const value of input) {
      yield value;
      if (value === 2) properties.perSecond = 10;
    }
  });
  expect(await timed((input) => slower(changing(input)), from([1, 2, 3]))).toEqual([[0, 1], [10, 2], [110, 3]]);
});

test("delay, debounce, throttle and batch keep time", async () => {
  expect(await timed(delay({ ms: 50 }), from([1, 2]))).toEqual([[50, 1], [50, 2]]);
  expect(await timed(debounce({ ms: 50 }), from([1, 2, 3]))).toEqual([[0, 3]]);
  expect(await timed(throttle({ ms: 50 }), from([1, 2, 3]))).toEqual([[0, 1]]);
  expect(await timed(throttle({ ms: 50, give: "both" }), from([1, 2, 3]))).toEqual([[0, 1], [0, 3]]);
  expect(await timed(batch({ ms: 50, count: 2 }), from([1, 2, 3]))).toEqual([[0, [1, 2]], [0, [3]]]);
});

test("interval ticks at equal distances, leaves out what is missed, and stops with its consumer", async () => {
  using clock = virtualClock().install();
  const seen: [number, unknown][] = [];
  const busy = async (value: unknown): Promise<void> => {
    seen.push([clock.now, value]);
    if (value === 0) await clock.sleep(25);
  };
  await clock.until(forEach(interval({ ms: 10, count: 3 })(call), busy));
  expect([seen, clock.timers]).toEqual([[[10, 0], [40, 1], [50, 2]], 0]);
});

test("interval is cut short by its signal and leaves no timer", async () => {
  using clock = virtualClock().install();
  const controller = new AbortController();
  const reading = told(collect(interval({ ms: 1000 })({ signal: controller.signal })));
  await turns();
  controller.abort(new Error("enough"));
  expect([await reading, clock.timers]).toEqual([new Error("enough"), 0]);
});

test("take ends right after the last value, drop leaves the first out, count counts", async () => {
  const source = tracked(counting(9));
  expect([await collect(take({ count: 2 })(source)), source.pulled, await collect(drop({ count: 7 })(counting(9))), await count()(counting(9))]).toEqual([[1, 2], 2, [8, 9], 9]);
});
