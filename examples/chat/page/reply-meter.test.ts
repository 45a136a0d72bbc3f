import type { Part } from "@iftk/inference";
import { expect, test } from "vitest";
import { ReplyMeter } from "./reply-meter.js";

const text: Part = { type: "text-delta", text: "a" };
const reasoning: Part = { type: "reasoning-delta", text: "a" };
const finish = (outputTokens: number): Part => ({ type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 1, outputTokens } });

/** Marks each part at its time. */
function measure(...marks: readonly (readonly [number, Part])[]): ReplyMeter {
  let now = 0;
  const meter = new ReplyMeter(() => now);
  for (const [at, part] of marks) {
    now = at;
    meter.mark(part);
  }
  return meter;
}

test("the rate is that of the tokens after the first, over the time from first to last", () => {
  const meter = measure([40, text], [140, text], [240, text], [245, finish(101)]);
  expect(meter.figures).toEqual(["101 tokens", "500 tokens/s", "first token 40 ms"]);
});

test("a reply that was stopped is counted by its parts, and says that it is an estimate", () => {
  expect(measure([1500, text], [2500, text]).figures).toEqual(["about 2 tokens", "1.0 tokens/s", "first token 1.5 s"]);
});

test("the rate of a reply that came in one burst is taken over the whole time, so that it is never too high", () => {
  expect(measure([50, text], [50.5, text], [51, finish(51)]).figures).toEqual(["51 tokens", "1,010 tokens/s", "first token 50 ms"]);
});

test("a reply without a token has no figures, and one that came at once has no rate", () => {
  expect(measure([10, finish(0)]).figures).toEqual([]);
  expect(measure([0, text], [0, text], [0, finish(2)]).figures).toEqual(["2 tokens", "first token 1 ms"]);
});

test("thinking lasts from the first reasoning to the first text, or to the end", () => {
  const seconds = [
    measure([10, text]).thinkingSeconds,
    measure([100, reasoning], [900, reasoning]).thinkingSeconds,
    measure([100, reasoning], [900, reasoning], [1300, text], [5000, text]).thinkingSeconds,
    measure([100, reasoning], [2100, finish(9)]).thinkingSeconds,
  ];
  expect(seconds).toEqual([undefined, 0.8, 1.2, 2]);
});
