import { afterEach, expect, test, vi } from "vitest";
import { bidi, collect, intercept, outputStream, unary, type Stream } from "../index.js";
import { cache, lruStore, type CacheOptions, type CacheStore } from "./index.js";

afterEach(() => void vi.useRealTimers());

const byWord = { key: (word: string): string => word };

/** Letters of a word, with a count of the calls; one that begins with a question mark fails after its first letter. */
function counted(options: CacheOptions<string> = byWord) {
  const calls: string[] = [];
  const letters = outputStream(async function* letters(word: string) {
    calls.push(word);
    for (const letter of word) {
      yield letter;
      if (letter === "?") throw new Error("what?");
    }
  });
  return { calls, stage: intercept(letters, cache(options)) };
}

test("values are replayed as recorded, one value too", async () => {
  const { calls, stage } = counted();
  expect([await collect(stage("ab")), await collect(stage("ab")), await collect(stage("c")), calls]).toEqual([["a", "b"], ["a", "b"], ["c"], ["ab", "c"]]);
  let times = 0;
  const length = intercept(unary((word: string) => (times++, word.length)), cache(byWord));
  expect([await length("abc"), await length("abc"), times]).toEqual([3, 3, 1]);
});

test("neither failures nor answers that were left are kept", async () => {
  const { calls, stage } = counted();
  for (let time = 0; time < 2; time++) {
    await expect(collect(stage("?"))).rejects.toThrow("what?");
    for await (const letter of stage("ab")) if (letter === "a") break;
  }
  expect(calls).toEqual(["?", "ab", "?", "ab"]);
});

test("an input without a key, and an answer that is too long, are not kept", async () => {
  const { calls, stage } = counted({ key: (word) => (word === "x" ? undefined : word), maxValues: 2 });
  for (const word of ["x", "x", "abc", "abc", "ab", "ab"]) await collect(stage(word));
  expect(calls).toEqual(["x", "x", "abc", "abc", "ab"]);
});

test("keys are plain text, whatever they say", async () => {
  const { calls, stage } = counted();
  for (const word of ["__proto__", "constructor", "__proto__"]) await collect(stage(word));
  expect(calls).toEqual(["__proto__", "constructor"]);
});

test("the answer used least recently goes first", async () => {
  const { calls, stage } = counted({ ...byWord, max: 2 });
  for (const word of ["a", "b", "a", "c", "a", "b"]) await collect(stage(word));
  expect(calls).toEqual(["a", "b", "c", "b"]);
});

test("an answer holds for its time", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { calls, stage } = counted({ ...byWord, ttl: 1000 });
  await collect(stage("a"));
  vi.advanceTimersByTime(999);
  await collect(stage("a"));
  vi.advanceTimersByTime(1);
  await collect(stage("a"));
  expect(calls).toEqual(["a", "a"]);
});

test("a store may answer later, and its errors are told", async () => {
  const inner = lruStore({ max: 10 });
  const store: CacheStore = {
    get: async (key) => Promise.resolve(inner.get(key)),
    set: async (key, values, ttl) => {
      if (key === "bad") throw new Error("disk full");
      await Promise.resolve();
      await inner.set(key, values, ttl);
    },
  };
  const { calls, stage } = counted({ ...byWord, store });
  expect([await collect(stage("ab")), await collect(stage("ab")), calls]).toEqual([["a", "b"], ["a", "b"], ["ab"]]);
  await expect(collect(stage("bad"))).rejects.toThrow("disk full");
});

test("calls with the same key that run at the same time each run", async () => {
  const { calls, stage } = counted();
  expect([await Promise.all([collect(stage("ab")), collect(stage("ab"))]), calls]).toEqual([[["a", "b"], ["a", "b"]], ["ab", "ab"]]);
});

test("a caller that gives up while a store hangs is not held up", async () => {
  const { stage } = counted({ ...byWord, store: { get: () => new Promise(() => {}), set: () => {} } });
  const controller = new AbortController();
  const read = collect(stage("ab", { signal: controller.signal })).catch((error: Error) => error.message);
  controller.abort(new Error("given up"));
  expect(await read).toBe("given up");
});

test("a stage that takes a stream is refused", () => {
  expect(() => intercept(bidi((input: Stream<string>) => input), cache(byWord))).toThrow("cache: bidi takes a stream, which has no key before it is read");
  expect(() => cache({ ...byWord, max: 0 })).toThrow("lruStore: max must be a whole number from 1 on, not 0");
});
