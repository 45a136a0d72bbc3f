import { countedAbort, hang, turns } from "@iftk/testing";
import { afterEach, expect, test, vi } from "vitest";
import { bidi, collect, each, intercept, StageError, unary, type Stream } from "../index.js";
import { concurrency, fallback, hedge, rateLimit, retry, timeout } from "./index.js";

afterEach(() => void vi.useRealTimers());

const count = 10_000;
const same = bidi((input: Stream<string>) => input);
const deaf = unary<string, string>(() => new Promise(() => {}));
const down = unary<string, string>(() => Promise.reject(new StageError("unavailable", "down")));

test.for([
  ["waiting for content", () => intercept(same, timeout({ first: 1000, idle: 1000, total: 1000 }))],
  ["waiting for a stage that stands in", () => each(intercept(down, fallback(deaf)))],
  ["waiting for a hedge", () => each(intercept(deaf, hedge({ after: 1 })))],
  ["waiting for a backoff", () => each(intercept(down, retry({ jitter: false })))],
  ["waiting for a place", () => each(intercept(deaf, concurrency({ limit: 1, queue: count })))],
  ["waiting for their turn", () => each(intercept(deaf, rateLimit({ limit: 1, interval: 1000, queue: count })))],
] as const)("10,000 runs that are aborted while %s leave no timer and no listener", async ([, make]) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const abort = countedAbort();
  const stage = make();
  const outcomes: Promise<string>[] = [];
  for (let run = 0; run < count; run++) {
    outcomes.push(collect(stage(hang("a"), { signal: abort.signal })).then(() => "ended", (error: Error) => error.message));
  }
  await turns(3);
  await vi.advanceTimersByTimeAsync(10);
  const before = abort.listeners;
  abort.abort(new Error("enough"));
  const seen = new Set(await Promise.all(outcomes));
  await turns(3);
  expect([seen, before, abort.listeners, vi.getTimerCount()]).toEqual([new Set(["enough"]), count, 0, 0]);
});
