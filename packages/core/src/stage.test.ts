import { failing, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, each, filter, inputStream, map, outputStream, pipe, StageError, take, tap, unary, type Stream } from "./index.js";

const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});
const letters = outputStream(async function* letters(word: string) {
  yield* feed(...word);
});
const join = inputStream(async function join(parts: Stream<string>) {
  return (await collect(parts)).join("");
});
const words = bidi(async function* words(parts: Stream<string>) {
  for await (const part of parts) yield* part.split(" ");
});
const never = (): Promise<never> => new Promise(() => {});

stageLaws("unary", { stage: () => shout, input: ["a"], output: ["A"], hanging: () => unary(never) });
stageLaws("outputStream", { stage: () => letters, input: ["abc"], output: ["a", "b", "c"], hanging: () => outputStream(async function* () { yield await never(); }) });
stageLaws("inputStream", { stage: () => join, input: ["a", "b"], output: ["ab"] });
stageLaws("bidi", { stage: () => words, input: ["a b", "c"], output: ["a", "b", "c"] });
stageLaws("map", { stage: () => map((n: number) => n + 1), input: [1, 2], output: [2, 3] });
stageLaws("filter", { stage: () => filter((n: number) => n > 1), input: [1, 2, 3], output: [2, 3] });
stageLaws("take", { stage: () => take(1_000_000), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("tap", { stage: () => tap(() => {}), input: [1, 2], output: [1, 2] });
stageLaws("each", { stage: () => each(shout), input: ["a", "b"], output: ["A", "B"] });
stageLaws("each with ahead", { stage: () => each(shout, { ahead: 2 }), input: ["a", "b", "c", "d", "e"], output: ["A", "B", "C", "D", "E"], readsAhead: 2 });
stageLaws("each over a stage that gives a stream", { stage: () => each(letters), input: ["ab", "c"], output: ["a", "b", "c"] });
stageLaws("pipe of a stream stage and each", { stage: () => pipe(words, each(shout), map((w: string) => w + "!")), input: ["a b", "c"], output: ["A!", "B!", "C!"] });
stageLaws("pipe from a value to a stream", { stage: () => pipe(letters, each(shout)), input: ["ab"], output: ["A", "B"], hanging: () => pipe(shout, unary(never), letters) });
stageLaws("pipe from a stream to a value", { stage: () => pipe(words, join), input: ["a b", "c"], output: ["abc"] });
stageLaws("pipe of pipes", { stage: () => pipe(pipe(words, each(shout)), pipe(map((w: string) => w), filter(Boolean))), input: ["a b", "c"], output: ["A", "B", "C"] });

test("a stage says its mode, label and parts", () => {
  const pipeline = pipe(letters, each(shout), join);
  expect([pipeline.mode, pipeline.label, pipeline.parts.length]).toEqual(["unary", "letters | each(shout) | join", 3]);
});

test("a native generator that is parked is abandoned, and those around it still run their finally", async () => {
  const log: string[] = [];
  const outer = bidi(async function* outer(input: Stream<number>) {
    try {
      yield* input;
    } finally {
      log.push("outer");
    }
  });
  const deaf = bidi(async function* deaf(input: Stream<number>) {
    for await (const value of input) {
      yield value;
      await never();
    }
  });
  const source = tracked(feed(1, 2, 3));
  const iterator = pipe(deaf, outer)(source)[Symbol.asyncIterator]();
  await iterator.next();
  const read = iterator.next();
  await turns();
  await iterator.return?.();
  expect([await read, log, source.closed]).toEqual([{ done: true, value: undefined }, ["outer"], 1]);
});

test("leaving waits for a finally that takes its time, and the signal fires before it", async () => {
  const log: string[] = [];
  const slow = outputStream(async function* slow(count: number, { signal }) {
    signal.addEventListener("abort", () => log.push("signal"));
    try {
      for (let n = 0; n < count; n++) yield n;
    } finally {
      await turns(5);
      log.push("finally");
    }
  });
  for await (const value of slow(3)) {
    void value;
    break;
  }
  expect(log).toEqual(["signal", "finally"]);
});

test("an error thrown while leaving is told", async () => {
  const broken = outputStream(async function* broken(count: number) {
    try {
      for (let n = 0; n < count; n++) yield n;
    } finally {
      throw new Error("in finally");
    }
  });
  const iterator = broken(2)[Symbol.asyncIterator]();
  await iterator.next();
  await expect(iterator.return?.()).rejects.toThrow("in finally");
});

test("a stage that fails closes its source, also when it reads by hand", async () => {
  const careless = bidi((input: Stream<number>) => {
    const iterator = input[Symbol.asyncIterator]();
    return { [Symbol.asyncIterator]: () => ({ async next() {
      await iterator.next();
      throw new Error("careless");
    } }) };
  });
  const source = tracked(feed(1, 2));
  await expect(collect(pipe(map((n: number) => n), careless)(source))).rejects.toThrow("careless");
  expect(source.closed).toBe(1);
});

test("a stage that ends early closes its source before the consumer hears of the end", async () => {
  const source = tracked(feed(1, 2, 3));
  expect(await collect(pipe(map((n: number) => n), take(2))(source))).toEqual([1, 2]);
  expect(source.closed).toBe(1);
});

test("a stage may answer an error of its source", async () => {
  const orElse = bidi(async function* orElse(input: Stream<string>) {
    try {
      yield* input;
    } catch {
      yield "instead";
    }
  });
  expect(await collect(pipe(map((s: string) => s), orElse)(failing(new Error("x"), "a")))).toEqual(["a", "instead"]);
});

test("each with ahead gives a result before the next value has arrived", async () => {
  const iterator = each(shout, { ahead: 3 })(hang("a"))[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: "A" });
  await iterator.return?.();
});

test("each with ahead works on so many at once, keeps their order, and cancels the rest when one fails", async () => {
  const aborted: number[] = [];
  const running = new Set<number>();
  let most = 0;
  const work = unary(async function work(n: number, { signal }) {
    running.add(n);
    most = Math.max(most, running.size);
    signal.addEventListener("abort", () => aborted.push(n));
    await turns(n === 3 ? 1 : 6 - n);
    running.delete(n);
    if (n === 3) throw new Error("third");
    return n;
  });
  const seen: number[] = [];
  const failure = (async () => {
    for await (const n of each(work, { ahead: 2 })(feed(1, 2, 3, 4, 5))) seen.push(n);
  })();
  await expect(failure).rejects.toThrow("third");
  expect([seen, most]).toEqual([[1, 2], 3]);
  expect(aborted.every((n) => n > 2)).toBe(true);
});

test("a joint that cannot hold is refused, by the compiler and by pipe", () => {
  // @ts-expect-error a stream cannot feed a stage that takes one value
  expect(() => pipe(letters, shout)).toThrow("letters gives a stream and shout (stage 2) takes one value; use each(shout)");
  // @ts-expect-error the stages disagree on the type of the values
  pipe(letters, map((n: number) => n));
  // @ts-expect-error not a stage
  expect(() => pipe(letters, (x: unknown) => x)).toThrow("is not a stage");
});

test("where one value is due, an empty stream and a second value are refused", async () => {
  const anyOf = (values: string[]) => pipe(words, filter((word: string) => values.includes(word)), inputStream(async function first(input: Stream<string>) {
    for await (const word of input) return word;
    throw new StageError("invalid_argument", "first: the stream is empty");
  }), shout);
  expect(await anyOf(["b"])(feed("a b"))).toBe("B");
  await expect(anyOf([])(feed("a b"))).rejects.toThrow("first: the stream is empty");
});

test("StageError: what is too large is not worth another try, whatever the code", () => {
  const codes = ["resource_exhausted", "unavailable"] as const;
  expect(codes.flatMap((code) => [new StageError(code, "x", { reason: "too-large" }).retryable, new StageError(code, "x", { reason: "rate-limit" }).retryable])).toEqual([false, true, false, true]);
});

test("StageError: known across copies, made from anything, retryable by code", () => {
  const limited = new StageError("resource_exhausted", "slow down", { retryAfter: 100 });
  const copy = Object.create({ [Symbol.for("@iftk/core/StageError")]: true }) as unknown;
  expect([StageError.is(limited), StageError.is(copy), StageError.is(new Error("x")), limited.retryable, StageError.from(limited) === limited]).toEqual([true, true, false, true, true]);
  expect([StageError.from(new DOMException("x", "AbortError")).code, StageError.from(new DOMException("x", "TimeoutError")).code, StageError.from("x").code]).toEqual(["canceled", "deadline_exceeded", "unknown"]);
});
