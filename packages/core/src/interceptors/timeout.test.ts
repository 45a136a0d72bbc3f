import { hang, tracked, turns } from "@iftk/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bidi, collect, intercept, outputStream, unary, type Stream } from "../index.js";
import { timeout, type TimeoutOptions } from "./index.js";
import { pause } from "./pause.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left`);
});

/** Gives each value after its milliseconds, then ends. */
const paced = outputStream(async function* paced(script: readonly (readonly [number, string])[], { signal }) {
  for (const [wait, value] of script) {
    await pause(wait, signal);
    if (value) yield value;
  }
});

async function outcome(script: readonly (readonly [number, string])[], options: TimeoutOptions<string>): Promise<readonly [string[], string, number]> {
  const began = Date.now();
  const values: string[] = [];
  let end = "ended";
  const reading = (async () => {
    for await (const value of intercept(paced, timeout(options))(script)) values.push(value);
  })().catch((error: Error & { code?: string }) => void (end = `${error.code}: ${error.message}`));
  let took = 0;
  void reading.then(() => (took = Date.now() - began));
  for (let step = 0; step < 100; step++) {
    await vi.advanceTimersByTimeAsync(10);
    await turns(2);
  }
  await reading;
  return [values, end, took];
}

test.for([
  ["nothing is exceeded", [[90, "a"], [40, "b"], [40, "c"]], { first: 100, idle: 50, total: 200 }, [["a", "b", "c"], "ended", 170]],
  ["the first content is late", [[110, "a"]], { first: 100, idle: 50, total: 200 }, [[], "deadline_exceeded: paced: no content within 100 ms", 100]],
  ["a later content is late", [[90, "a"], [60, "b"]], { first: 100, idle: 50 }, [["a"], "deadline_exceeded: paced: no more content within 50 ms", 140]],
  ["a later content is late by a limit much shorter than the first", [[10, "a"], [10, "b"], [60, "c"]], { first: 500, idle: 50 }, [["a", "b"], "deadline_exceeded: paced: no more content within 50 ms", 70]],
  ["the end is late", [[90, "a"], [40, "b"], [40, "c"], [40, "d"]], { first: 100, idle: 50, total: 200 }, [["a", "b", "c"], "deadline_exceeded: paced: no end within 200 ms", 200]],
  ["the end of an idle stream is late", [[10, "a"], [60, ""]], { idle: 50 }, [["a"], "deadline_exceeded: paced: no more content within 50 ms", 60]],
  ["pings keep nothing alive", [[40, "ping"], [40, "ping"], [40, "ping"], [40, "a"]], { first: 100, isContent: (value: string) => value !== "ping" }, [["ping", "ping"], "deadline_exceeded: paced: no content within 100 ms", 100]],
  ["pings between contents keep nothing alive", [[10, "a"], [30, "ping"], [30, "ping"]], { idle: 50, isContent: (value: string) => value !== "ping" }, [["a", "ping"], "deadline_exceeded: paced: no more content within 50 ms", 60]],
] as const)("%s", async ([, script, options, expected]) => {
  expect(await outcome(script, options)).toEqual(expected);
});

test("time in which the consumer does not read counts for the total alone", async () => {
  const iterator = intercept(paced, timeout({ first: 50, idle: 50, total: 1000 }))([[40, "a"], [40, "b"], [40, "c"]])[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const result = iterator.next().catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(50);
    await turns(2);
    return result;
  };
  const first = await read();
  await vi.advanceTimersByTimeAsync(400);
  const second = await read();
  await vi.advanceTimersByTimeAsync(600);
  await turns(2);
  expect([first, second, await iterator.next().catch((error: Error) => error.message)]).toEqual([
    { done: false, value: "a" },
    { done: false, value: "b" },
    "paced: no end within 1000 ms",
  ]);
});

test("the run that timed out is cancelled, its signal first, and a deaf one is left behind", async () => {
  const log: unknown[] = [];
  const stage = bidi(async function* stage(input: Stream<string>, { signal }) {
    signal.addEventListener("abort", () => log.push((signal.reason as Error).message));
    try {
      yield* input;
    } finally {
      log.push("finally");
    }
  });
  const source = tracked(hang("a"));
  const failed = collect(intercept(stage, timeout({ idle: 100 }))(source)).catch((error: Error) => error);
  await turns();
  await vi.advanceTimersByTimeAsync(100);
  await turns(2);
  expect(await failed).toMatchObject({ code: "deadline_exceeded", reason: "timeout", stage: "stage", retryable: true });
  expect([log[0], source.closed]).toEqual(["stage: no more content within 100 ms", 1]);
});

test("the deadline of the call is the earlier of both", async () => {
  const deadlines = unary((_: string, call) => (call.deadline ?? 0) - Date.now());
  const limited = intercept(deadlines, timeout({ total: 100 }));
  expect([await limited("?"), await limited("?", { deadline: Date.now() + 50 }), await limited("?", { deadline: Date.now() + 500 })]).toEqual([100, 50, 100]);
});

test("limits that are none are refused", () => {
  expect(() => timeout({ first: 0 })).toThrow("timeout: first must be a number from 1 on, not 0");
  expect(() => timeout({ idle: Number.NaN })).toThrow("timeout: idle must be a number from 1 on, not NaN");
});

test("a limit beyond what a timer takes does not fire at once", async () => {
  const slow = intercept(paced, timeout({ total: 2 ** 40 }));
  const values = collect(slow([[10, "a"]]));
  await vi.advanceTimersByTimeAsync(10);
  expect(await values).toEqual(["a"]);
});
