import { feed, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, callValue, collect, inputStream, intercept, outputStream, pipe, unary, type Interceptor, type Stream } from "./index.js";

const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});
const letters = outputStream(async function* letters(word: string) {
  yield* word;
});
const join = inputStream(async function join(parts: Stream<string>) {
  return (await collect(parts)).join("");
});
const words = bidi(async function* words(parts: Stream<string>) {
  for await (const part of parts) yield* part.split(" ");
});

function logged(log: string[], name: string): Interceptor {
  return (next, stage) =>
    async function* (input, call) {
      log.push(`${name} > ${stage.label}`);
      for await (const value of next(input, call)) {
        log.push(`${name} ${String(value)}`);
        yield value;
      }
      log.push(`${name} <`);
    };
}

test("one interceptor serves every mode, and the stage keeps its own", async () => {
  const log: string[] = [];
  const wrap = logged(log, "log");
  expect([
    await intercept(shout, wrap)("a"),
    await collect(intercept(letters, wrap)("bc")),
    await intercept(join, wrap)(feed("d", "e")),
    await collect(intercept(words, wrap)(feed("f g"))),
  ]).toEqual(["A", ["b", "c"], "de", ["f", "g"]]);
  expect(log).toEqual(["log > shout", "log A", "log <", "log > letters", "log b", "log c", "log <", "log > join", "log de", "log <", "log > words", "log f", "log g", "log <"]);
});

test("the outermost interceptor comes first", async () => {
  const log: string[] = [];
  await intercept(shout, logged(log, "outer"), logged(log, "inner"))("a");
  expect(log).toEqual(["outer > shout", "inner > shout", "inner A", "outer A", "inner <", "outer <"]);
});

test("mode, label and parts are those of the stage", () => {
  const pipeline = pipe(letters, words);
  const intercepted = intercept(pipeline, logged([], "log"));
  expect([intercepted.mode, intercepted.label, intercepted.parts]).toEqual([pipeline.mode, pipeline.label, pipeline.parts]);
});

test("signal, deadline and values reach the stage through any number of interceptors", async () => {
  const user = callValue<string>();
  const deadline = Date.now() + 60_000;
  const { signal } = new AbortController();
  const ask = unary((_: string, call) => [user.of(call), call.deadline, call.signal.aborted]);
  const through: Interceptor = (next) => (input, call) => next(input, { ...call });
  expect(await intercept(ask, through, through)("?", { signal, deadline, values: user.in("Ana") })).toEqual(["Ana", deadline, false]);
});

test("an attempt is cancelled by its own signal, and by leaving it", async () => {
  const log: unknown[] = [];
  const ticks = outputStream(async function* ticks(count: number, { signal }) {
    signal.addEventListener("abort", () => log.push((signal.reason as Error).message));
    for (let n = 0; n < count; n++) {
      yield n;
      await turns();
    }
  });
  const thrice: Interceptor = (next) =>
    async function* (input, call) {
      const [count] = await collect(input);
      const again = async function* (): Stream<never> {
        yield count as never;
      };
      for await (const value of next(again(), call)) {
        yield value;
        break;
      }
      const controller = new AbortController();
      const run = next(again(), { ...call, signal: controller.signal })[Symbol.asyncIterator]();
      const first = await run.next();
      if (!first.done) yield first.value;
      controller.abort(new Error("enough"));
      await run.next().catch((error: unknown) => log.push(error));
      yield* next(again(), call);
    };
  expect(await collect(intercept(ticks, thrice)(2))).toEqual([0, 0, 0, 1]);
  expect(log).toEqual(["the consumer stopped reading", "enough", new Error("enough")]);
});

test("what is no stage is refused", () => {
  expect(() => intercept(((word: string) => word) as never)).toThrow("is not a stage");
});
