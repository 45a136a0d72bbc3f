import { bidi, collect, inputStream, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { expect, expectTypeOf, test } from "vitest";
import { flaky } from "./flaky.js";
import { feed } from "./sources.js";
import { stageLaws } from "./stage-laws.js";

const told = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

test("a pattern names the calls that fail", async () => {
  const stage = flaky("#.#", unary((n: number) => n + 1));
  const results: unknown[] = [];
  for (let call = 0; call < 4; call++) results.push(await told(stage(call)));
  expect(results.map((result) => (StageError.is(result) ? result.code : result))).toEqual(["unavailable", 2, "unavailable", 4]);
  expect([stage.calls, stage.mode, stage.label]).toEqual([4, "unary", "flaky(unary)"]);
});

test("a list gives the error of each call, also in the midst of what it gives", async () => {
  const error = new Error("reset");
  const stage = flaky([error, undefined], ["a", "b", "c"], { after: 2 });
  expectTypeOf(stage(0)).toEqualTypeOf<Stream<string>>();
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const value of stage(0)) seen.push(value);
  };
  expect([await told(read()), seen, await collect(stage(0)), stage.calls]).toEqual([error, ["a", "b"], ["a", "b", "c"], 2]);
});

test("a call counts when it is read; one that gives fewer values than asked fails at its end", async () => {
  const stage = flaky("#", bidi((input: Stream<number>) => input), { after: 5 });
  void stage(feed(1));
  expect(stage.calls).toBe(0);
  const seen: number[] = [];
  await expect((async () => {
    for await (const value of stage(feed(1, 2))) seen.push(value);
  })()).rejects.toThrow("flaky: call 1 fails");
  expect([seen, await collect(stage(feed(1, 2)))]).toEqual([[1, 2], [1, 2]]);
});

test("a stage from a stream to a value stays one", async () => {
  const stage = flaky("#", inputStream(async (input: Stream<number>) => (await collect(input)).length));
  await expect(stage(feed(1))).rejects.toThrow("flaky: call 1 fails");
  expect(await stage(feed(1, 2))).toBe(2);
});

stageLaws("a flaky stage that works", { stage: () => flaky("", bidi((input: Stream<unknown>) => input)), input: [1, 2], output: [1, 2] });
stageLaws("a flaky stage of values that works", { stage: () => flaky("", [1, 2]), hanging: () => flaky("", outputStream(() => feed(new Promise(() => {})))), input: [0], output: [1, 2] });
