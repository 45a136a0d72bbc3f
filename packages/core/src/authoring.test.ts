import { turns, virtualClock } from "@iftk/testing";
import { afterEach, expect, test } from "vitest";
import { isBatch, macrotask, pause, readerOf, requireNumber } from "./authoring.js";
import { from } from "./from.js";

const clock = virtualClock();
afterEach(() => clock.uninstall());

test("a macrotask lets promises and timers of this turn go first, and no virtual clock holds it up", async () => {
  clock.install();
  const order: string[] = [];
  const waited = macrotask().then(() => order.push("macrotask"));
  await Promise.resolve().then(() => order.push("microtask"));
  await waited;
  expect([order, clock.now]).toEqual([["microtask", "macrotask"], 0]);
});

test("a pause resolves after its time on the clock that is installed", async () => {
  clock.install();
  let isOver = false;
  const pausing = pause(1000, new AbortController().signal).then(() => (isOver = true));
  await clock.advance(999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect([await pausing, clock.timers]).toEqual([true, 0]);
});

test("a pause rejects with the reason as soon as its signal fires, or has fired, and leaves no timer", async () => {
  clock.install();
  const controller = new AbortController();
  const pausing = pause(1000, controller.signal);
  controller.abort("enough");
  await expect(pausing).rejects.toBe("enough");
  await expect(pause(1000, controller.signal)).rejects.toBe("enough");
  expect(clock.timers).toBe(0);
});

test("a reader gives what is ready of a stream at once, and of any other what comes", async () => {
  const batches = readerOf(from([1, 2]));
  const plain = readerOf<number>({
    async *[Symbol.asyncIterator]() {
      await turns();
      yield 3;
    },
  });
  const [one, two] = [batches.read(), plain.read()];
  expect([isBatch(one), isBatch(two), isBatch(undefined)]).toEqual([true, false, true]);
  expect([one, await two, await batches.read(), await plain.read()]).toEqual([[1, 2], [3], undefined, undefined]);
});

test.for([
  [3, 1, "whole"],
  [0.5, 0, "any"],
  [1, 1, undefined],
] as const)("%d is a number from %d on (%s)", ([value, least, kind]) => {
  expect(requireNumber("stage: option", value, least, kind)).toBe(value);
});

test.for([
  [0, 1, "whole", "a whole number from 1 on, not 0"],
  [1.5, 1, "whole", "a whole number from 1 on, not 1.5"],
  [Infinity, 1, "whole", "a whole number from 1 on, not Infinity"],
  [NaN, 0, "any", "a number from 0 on, not NaN"],
  [Infinity, 0, "any", "a number from 0 on, not Infinity"],
  ["3" as unknown as number, 0, "whole", "a whole number from 0 on, not 3"],
] as const)("%s is refused where it has to be from %d on (%s), and the option is named", ([value, least, kind, said]) => {
  expect(() => requireNumber("stage: option", value, least, kind)).toThrow(expect.objectContaining({ code: "invalid_argument", message: `stage: option must be ${said}` }));
});
