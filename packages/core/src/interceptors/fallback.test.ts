import { feed, hang, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, inputStream, intercept, outputStream, StageError, unary, type Stream } from "../index.js";
import { fallback, rollback } from "./index.js";

const down = new StageError("unavailable", "down", { retryAfter: 200 });
const refused = new StageError("unauthenticated", "no key");

function speaker(name: string, values: readonly string[], error?: Error) {
  const run = async function* (_: string): Stream<string> {
    yield* feed(...values);
    if (error) throw error;
  };
  return outputStream(Object.defineProperty(run, "name", { value: name }));
}

test("the next stage takes over when one fails before its first output", async () => {
  const told: unknown[] = [];
  const stage = intercept(speaker("a", [], down), fallback([speaker("b", [], refused), speaker("c", ["x", "y"])], { onFallback: (failed) => void told.push(failed) }));
  expect([await collect(stage("?")), told]).toEqual([["x", "y"], [{ stage: "a", error: down, next: "b" }, { stage: "b", error: refused, next: "c" }]]);
});

test("it serves all four modes", async () => {
  const fails = (): never => {
    throw down;
  };
  const join = inputStream(async (parts: Stream<string>) => (await collect(parts)).join(""));
  const same = bidi((parts: Stream<string>) => parts);
  expect([
    await intercept(unary<string, string>(fails), fallback(unary((word: string) => word)))("a"),
    await collect(intercept(outputStream<string, string>(fails), fallback(speaker("b", ["b"])))("?")),
    await intercept(inputStream<string, string>(fails), fallback(join))(feed("c", "d")),
    await collect(intercept(bidi<string, string>(fails), fallback(same))(feed("e", "f"))),
  ]).toEqual(["a", ["b"], "cd", ["e", "f"]]);
});

test("when all fail the error carries all, and can be retried when one of them can", async () => {
  const failure = await collect(intercept(speaker("a", [], down), fallback(speaker("b", [], refused)))("?")).catch((error: unknown) => error as StageError);
  expect(failure).toMatchObject({ code: "unavailable", stage: "a", retryAfter: 200, message: "a: all 2 attempts failed, the last with: no key" });
  expect((failure as StageError).cause).toMatchObject({ errors: [down, refused] });
  const hopeless = collect(intercept(speaker("a", [], refused), fallback(speaker("b", [], refused)))("?"));
  await expect(hopeless).rejects.toMatchObject({ code: "unauthenticated", retryable: false, retryAfter: undefined });
});

test("an error that the policy leaves alone is told untouched", async () => {
  const stage = intercept(speaker("a", [], refused), fallback(speaker("b", ["x"]), { when: (error) => error !== refused }));
  expect(await collect(stage("?")).catch((error: unknown) => error)).toBe(refused);
});

test("after the first output the error is told, unless output may be replaced", async () => {
  const [a, b] = [speaker("a", ["x", "y"], down), speaker("b", ["z"])];
  expect(await collect(intercept(a, fallback(b))("?")).catch((error: unknown) => error)).toBe(down);
  expect(await collect(intercept(a, fallback(b, { afterOutput: "replace" }))("?"))).toEqual(["x", "y", rollback(2), "z"]);
});

test("a stream that was read is not given to another stage", async () => {
  const source = tracked(feed("a", "b"));
  const greedy = bidi(async function* greedy(input: Stream<string>): Stream<string> {
    for await (const value of input) if (value === "a") throw down;
  });
  const stage = intercept(greedy, fallback(bidi((input: Stream<string>) => input)));
  expect([await collect(stage(source)).catch((error: unknown) => error), source.closed]).toEqual([down, 1]);
});

test("leaving while the second stage hangs cancels it, and no further one begins", async () => {
  const controller = new AbortController();
  const log: string[] = [];
  const hanging = outputStream(async function* hanging(_: string, { signal }): Stream<string> {
    signal.addEventListener("abort", () => log.push((signal.reason as Error).message));
    yield* hang<string>();
  });
  const third = outputStream(async function* third(_: string) {
    log.push("third");
    yield "x";
  });
  const answer = collect(intercept(speaker("a", [], down), fallback([hanging, third]))("?", { signal: controller.signal })).catch((error: Error) => error.message);
  await turns(2);
  controller.abort(new Error("given up"));
  expect([await answer, log]).toEqual(["given up", ["given up"]]);
});

test("a stage of another mode is refused", () => {
  expect(() => intercept(speaker("a", []), fallback(bidi((input: Stream<string>) => input)))).toThrow("fallback: bidi is bidi and cannot stand in for a, which is output-stream");
  expect(() => intercept(unary((word: string) => word), fallback(unary((word: string) => word), { afterOutput: "replace" }))).toThrow("fallback: unary gives one value");
});
