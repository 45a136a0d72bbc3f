import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { failing, feed, hang, turns } from "@iftk/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bidi, collect, each, inputStream, intercept, outputStream, pipe, unary, type Stream } from "../index.js";
import { diagnostics } from "./diagnostics.js";
import { trace, type TraceEvent } from "./index.js";
import { pause } from "./pause.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});
const letters = outputStream(async function* letters(word: string, { signal }) {
  for (const letter of word) {
    await pause(10, signal);
    yield letter;
  }
});
const join = inputStream(async function join(parts: Stream<string>) {
  return (await collect(parts)).join("");
});
const same = bidi(async function* same(parts: Stream<string>) {
  yield* parts;
});

const brief = (events: readonly TraceEvent[]): string[] => events.map(({ type, label, mode, elapsed, count }) => `${label} (${mode}) ${type} after ${elapsed} ms, ${count}`);

test("start, first value and end are told in all four modes", async () => {
  const events: TraceEvent[] = [];
  const traced = trace((event) => void events.push(event));
  await intercept(shout, traced)("a");
  const reading = collect(intercept(letters, traced)("ab"));
  await vi.advanceTimersByTimeAsync(30);
  await reading;
  await intercept(join, traced)(feed("a", "b"));
  await collect(intercept(same, traced)(feed()));
  expect(brief(events)).toEqual([
    "shout (unary) start after 0 ms, 0", "shout (unary) first after 0 ms, 1", "shout (unary) end after 0 ms, 1",
    "letters (output-stream) start after 0 ms, 0", "letters (output-stream) first after 10 ms, 1", "letters (output-stream) end after 20 ms, 2",
    "join (input-stream) start after 0 ms, 0", "join (input-stream) first after 0 ms, 1", "join (input-stream) end after 0 ms, 1",
    "same (bidi) start after 0 ms, 0", "same (bidi) end after 0 ms, 0",
  ]);
});

test("an error, leaving and an abort end a call each in its way", async () => {
  const events: TraceEvent[] = [];
  const stage = intercept(same, trace((event) => void events.push(event)));
  const error = new Error("broken");
  await collect(stage(failing(error, "a"))).catch(() => {});
  for await (const value of stage(feed("a", "b"))) if (value) break;
  const controller = new AbortController();
  const read = collect(stage(hang("a"), { signal: controller.signal })).catch(() => {});
  await turns();
  controller.abort(new Error("given up"));
  await read;
  await turns();
  expect(events.filter(({ type }) => type !== "start" && type !== "first").map(({ type, count, error }) => [type, count, error])).toEqual([
    ["error", 1, error],
    ["cancel", 1, undefined],
    ["cancel", 1, new Error("given up")],
  ]);
});

test("values are told where asked to", async () => {
  const events: TraceEvent[] = [];
  await collect(intercept(same, trace((event) => void events.push(event), { values: true }))(feed("a", "b")));
  expect(events.map(({ type, value }) => [type, value])).toEqual([["start", undefined], ["first", undefined], ["value", "a"], ["value", "b"], ["end", undefined]]);
});

test("a call that is made with the Call of another is told as its child, through each and pipe too", async () => {
  const events: TraceEvent[] = [];
  const traced = trace((event) => void events.push(event));
  const inner = intercept(shout, traced);
  const outer = intercept(unary(function outer(word: string, call) {
    return inner(word, call);
  }), traced);
  await intercept(pipe(same, each(outer), join), traced)(feed("a"));
  const starts = events.filter(({ type }) => type === "start");
  const labels = new Map(starts.map(({ id, label }) => [id, label]));
  expect(starts.map(({ label, parentId }) => [label, parentId && labels.get(parentId)])).toEqual([
    ["same | each(outer) | join", undefined],
    ["outer", "same | each(outer) | join"],
    ["shout", "outer"],
  ]);
});

test("nothing is published, and the run is the bare one, while nobody listens", async () => {
  const events: TraceEvent[] = [];
  let isOn = false;
  const stage = intercept(same, trace((event) => void events.push(event), { isOn: () => isOn }));
  await collect(stage(feed("a")));
  isOn = true;
  await collect(stage(feed("a")));
  expect(brief(events)).toEqual(["same (bidi) start after 0 ms, 0", "same (bidi) first after 0 ms, 1", "same (bidi) end after 0 ms, 1"]);
});

test("the diagnostics channel has the events while somebody subscribes", async () => {
  const events: TraceEvent[] = [];
  const listen = (event: unknown): void => void events.push(event as TraceEvent);
  const stage = intercept(same, diagnostics());
  await collect(stage(feed("before")));
  subscribe("iftk.stage", listen);
  await collect(stage(feed("a", "b")));
  unsubscribe("iftk.stage", listen);
  await collect(stage(feed("after")));
  expect(brief(events)).toEqual(["same (bidi) start after 0 ms, 0", "same (bidi) first after 0 ms, 1", "same (bidi) end after 0 ms, 2"]);
});
