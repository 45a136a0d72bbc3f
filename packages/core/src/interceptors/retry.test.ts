import { feed, hang, tracked, turns } from "@iftk/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bidi, collect, intercept, outputStream, StageError, unary, type Stream } from "../index.js";
import { applyRollbacks, budget, retry, rollback, type Retry, type RetryOptions, type Rollback } from "./index.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left`);
});

/** The error that a provider's answer of this status is. */
const status = (code: number, retryAfter?: number): StageError =>
  new StageError(code === 429 ? "resource_exhausted" : code >= 500 ? "unavailable" : "invalid_argument", `status ${code}`, { retryAfter });

/** Answers each request with the next status, and says when they came. */
function server(...answers: readonly (number | StageError)[]) {
  const began = Date.now();
  const at: number[] = [];
  const ask = unary(async function ask(question: string) {
    const answer = answers[at.push(Date.now() - began) - 1] ?? 200;
    if (answer !== 200) throw typeof answer === "number" ? status(answer) : answer;
    return Promise.resolve(`${question}!`);
  });
  return { ask, at };
}

async function outcome<T>(promise: Promise<T>): Promise<T | string> {
  const told = promise.catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  return told;
}

const halves = (): number => 0.5;

test.for([
  ["500, 500, 200: waits grow by the factor", [500, 500], { jitter: false }, "?!", [0, 500, 1500]],
  ["full jitter draws from the whole backoff", [500, 500], { random: halves }, "?!", [0, 250, 750]],
  ["a backoff of its own, with a ceiling", [500, 500, 500], { attempts: 4, jitter: false, backoff: { initial: 100, factor: 10, max: 400 } }, "?!", [0, 100, 500, 900]],
  ["400 is not retried", [400], {}, "status 400", [0]],
  ["the last error is told when the attempts are used up", [500, 503], { attempts: 2, jitter: false }, "status 503", [0, 500]],
  ["what the error says goes before backoff", [status(429, 7000)], { random: halves }, "?!", [0, 7000]],
  ["what the error says has a ceiling", [status(429, 7000)], { maxRetryAfter: 2000 }, "?!", [0, 2000]],
  ["what the error says is never taken for a time in the past", [status(429, -5000)], {}, "?!", [0, 0]],
  ["a huge wait and one without end have the ceiling", [status(429, 1e15), status(429, Infinity)], { maxRetryAfter: 3000 }, "?!", [0, 3000, 6000]],
  ["what is no number counts as nothing said", [status(429, Number.NaN)], { jitter: false }, "?!", [0, 500]],
  ["the caller may say which errors are worth it", [400], { when: () => true, jitter: false }, "?!", [0, 500]],
] as [string, (number | StageError)[], RetryOptions<"before-first">, string, number[]][])("%s", async ([, answers, options, expected, times]) => {
  const { ask, at } = server(...answers);
  expect([await outcome(intercept(ask, retry(options))("?")), at]).toEqual([expected, times]);
});

test("no wait outlasts the deadline", async () => {
  const { ask, at } = server(500, 500);
  expect([await outcome(intercept(ask, retry({ jitter: false }))("?", { deadline: Date.now() + 1200 })), at]).toEqual(["status 500", [0, 500]]);
});

test("each retry is told before its wait", async () => {
  const told: Retry[] = [];
  const { ask } = server(500, 503);
  await outcome(intercept(ask, retry({ jitter: false, onRetry: (one) => void told.push(one) }))("?"));
  expect(told).toEqual([{ attempt: 1, error: status(500), wait: 500 }, { attempt: 2, error: status(503), wait: 1000 }]);
});

test("a budget limits retries over many calls, and calls earn it", async () => {
  const shared = budget({ ratio: 0.5, max: 1 });
  const { ask, at } = server(500, 500, 500, 500);
  const stage = intercept(ask, retry({ attempts: 5, jitter: false, budget: shared }));
  expect([await outcome(stage("?")), at.length, await outcome(stage("?")), at.length, await outcome(stage("?")), at.length]).toEqual(["status 500", 2, "status 500", 3, "?!", 5]);
});

test("a wait stops at once when the caller gives up", async () => {
  const controller = new AbortController();
  const { ask, at } = server(500, 500);
  const answer = intercept(ask, retry())("?", { signal: controller.signal }).catch((error: unknown) => error);
  await turns();
  const timers = vi.getTimerCount();
  controller.abort(new Error("given up"));
  expect([timers, await answer, at.length, vi.getTimerCount()]).toEqual([1, new Error("given up"), 1, 0]);
});

test("an abort is no failure to retry", async () => {
  const controller = new AbortController();
  let calls = 0;
  const stage = intercept(unary(() => (calls++, new Promise<never>(() => {}))), retry({ when: () => true }));
  const answer = stage("?", { signal: controller.signal }).catch((error: unknown) => error);
  await turns();
  controller.abort(new StageError("unavailable", "given up"));
  await turns(3);
  expect([await answer, calls]).toEqual([new StageError("unavailable", "given up"), 1]);
});

/** Gives the values of each attempt in turn, and fails in all but the last. */
function speaker(...attempts: readonly (readonly string[])[]) {
  let calls = 0;
  return outputStream(async function* speak(_: string) {
    const values = attempts[calls++] ?? [];
    yield* feed(...values);
    if (calls < attempts.length) throw status(500);
  });
}

test("after the first output the error is told, unless output may be replaced", async () => {
  const seen: string[] = [];
  const strict = (async () => {
    for await (const value of intercept(speaker(["a"], ["a", "b"]), retry())("?")) seen.push(value);
  })();
  expect([await outcome(strict), seen]).toEqual(["status 500", ["a"]]);
  const replaced = collect(intercept(speaker(["a", "b"], [], ["c"], ["a", "b", "c"]), retry({ attempts: 4, jitter: false, afterOutput: "replace" }))("?"));
  expect(await outcome(replaced)).toEqual(["a", "b", rollback(2), "c", rollback(1), "a", "b", "c"]);
});

test("marks of an inner retry count as taken back for an outer one", async () => {
  const once = retry({ attempts: 2, jitter: false, afterOutput: "replace" });
  const stage = intercept(speaker(["a", "b"], ["c"], ["d"]), once, once);
  const values = await outcome(collect(stage("?")));
  expect([values, await applyRollbacks<string>()(feed(...(values as (string | Rollback)[])))]).toEqual([["a", "b", rollback(2), "c", rollback(1), "d"], ["d"]]);
});

test("a mark that takes back more than there is, is refused", async () => {
  await expect(applyRollbacks<string>()(feed<string | Rollback>("a", rollback(2)))).rejects.toThrow("rollback: 2 values are to be taken back, of 1");
});

test("a stage that takes a stream is retried until it has begun to read it", async () => {
  let calls = 0;
  const failing = (reads: boolean, times: number) =>
    bidi(async function* failing(input: Stream<string>) {
      const isLast = ++calls > times;
      if (reads && !isLast) for await (const value of input) if (value) break;
      if (!isLast) throw status(500);
      yield* input;
    });
  const unread = tracked(feed("a", "b"));
  expect([await outcome(collect(intercept(failing(false, 2), retry())(unread))), calls, unread.opened, unread.closed]).toEqual([["a", "b"], 3, 1, 1]);
  calls = 0;
  const read = tracked(feed("a", "b"));
  expect([await outcome(collect(intercept(failing(true, 2), retry())(read))), calls, read.opened, read.closed]).toEqual(["status 500", 1, 1, 1]);
});

test("every attempt is closed before the next begins", async () => {
  const log: string[] = [];
  const stage = unary(async function stage(_: string, { signal }) {
    log.push("begin");
    signal.addEventListener("abort", () => log.push("abort"));
    try {
      await turns();
      throw status(500);
    } finally {
      log.push("finally");
    }
  });
  const answer = intercept(stage, retry({ attempts: 2 }))("?").catch((error: Error) => error.message);
  await turns(4);
  await vi.runAllTimersAsync();
  await turns(4);
  await vi.runAllTimersAsync();
  expect([await answer, log.filter((entry) => entry !== "abort")]).toEqual(["status 500", ["begin", "finally", "begin", "finally"]]);
});

test("the source of a stage that hangs is closed when the caller leaves", async () => {
  const source = tracked(hang("a"));
  const iterator = intercept(bidi((input: Stream<string>) => input), retry())(source)[Symbol.asyncIterator]();
  await iterator.next();
  void iterator.next();
  await turns();
  await iterator.return?.();
  expect(source.closed).toBe(1);
});

test("options out of range are refused", () => {
  expect(() => retry({ attempts: 0 })).toThrow("retry: attempts must be a whole number from 1 on, not 0");
  expect(() => retry({ backoff: { factor: 0.5 } })).toThrow("retry: backoff.factor must be a number from 1 on, not 0.5");
  expect(() => intercept(unary((word: string) => word), retry({ afterOutput: "replace" }))).toThrow('unary gives one value; afterOutput "replace" is for stages that give a stream');
});
