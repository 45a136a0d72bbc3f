import { collect } from "@iftk/core";
import { expect, test } from "vitest";
import { pace } from "./pace.js";
import { turns } from "./signals.js";
import { feed, tracked } from "./sources.js";
import { stageLaws } from "./stage-laws.js";

stageLaws("pace", { stage: () => pace(), input: [1, 2, 3], output: [1, 2, 3] });

test("between two values so many turns of the event loop pass", async () => {
  let turn = 0;
  let isOver = false;
  const counting = (async () => {
    for (; !isOver; turn++) await turns();
  })();
  const seen: number[] = [];
  for await (const _ of pace(10)(feed("a", "b", "c"))) seen.push(turn);
  isOver = true;
  await counting;
  const gaps = seen.slice(1).map((at, index) => at - (seen[index] as number));
  expect(gaps.every((gap) => gap >= 9)).toBe(true);
});

test("leaving in the middle of the wait closes the source before the next statement", async () => {
  const source = tracked(feed(1, 2, 3));
  const iterator = pace<number>(1_000_000)(source)[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  await turns();
  await iterator.return?.();
  expect([source.closed, await pending]).toEqual([1, { done: true, value: undefined }]);
});

test("an abort in the middle of the wait ends it", async () => {
  const controller = new AbortController();
  const reading = collect(pace<number>(1_000_000)(feed(1, 2), { signal: controller.signal }));
  await turns(3);
  controller.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
});
