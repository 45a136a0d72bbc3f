import { bidi, collect, inputStream, type Stream } from "@iftk/core";
import { expect, test } from "vitest";
import { cutAtRandom, seeded } from "./seeded.js";
import { taskLaws } from "./task-laws.js";
import { tryTask, type TaskSubject } from "./try-task.js";

/** Cuts a text after each full stop, whatever the chunks. */
const sentences = bidi(async function* sentences(chunks: Stream<string>) {
  let rest = "";
  for await (const chunk of chunks) {
    const found = (rest + chunk).split(/(?<=\.)/u);
    rest = (rest + chunk).endsWith(".") ? "" : (found.pop() ?? "");
    yield* found;
  }
  if (rest !== "") yield rest;
});
const join = inputStream(async (parts: Stream<string>) => (await collect(parts)).join(""));
const wholes = ["", "One. Two. Three", "🦊é.漢字.", "....", "x".repeat(100)];

taskLaws("sentences", { task: { split: sentences, join }, wholes });
taskLaws("single items", {
  task: {
    split: bidi(async function* (lists: Stream<readonly number[]>) {
      for await (const list of lists) for (const item of list) yield [item];
    }),
    join: inputStream(async (lists: Stream<readonly number[]>) => (await collect(lists)).flat()),
  },
  wholes: [[], [1, 2, 3], [5]],
});
taskLaws("numbers, cut in a way of their own", {
  task: {
    split: bidi(async function* (amounts: Stream<number>) {
      for await (const amount of amounts) for (let one = 0; one < amount; one++) yield 1;
    }),
    join: inputStream(async (amounts: Stream<number>) => (await collect(amounts)).reduce((sum, amount) => sum + amount, 0)),
  },
  wholes: [0, 7],
  cut: (whole, random) => {
    const part = random.below(whole + 1);
    return [part, whole - part];
  },
});

const broken = async (subject: TaskSubject<string>): Promise<(string | undefined)[]> => (await tryTask(subject)).map(({ outcome, how }) => (outcome === "broken" ? how : undefined));

test("a split that loses something breaks the first law, with the fewest chunks that show it", async () => {
  const trims = bidi(async function* (chunks: Stream<string>) {
    for await (const part of sentences(chunks)) yield part.trim();
  });
  expect(await broken({ task: { split: trims, join }, wholes: ["a. b"] })).toEqual([
    'with "a. b" in the chunks ["a. b"] (seed 1): joining its parts was to give "a. b"; it gave "a.b"', undefined, undefined,
  ]);
});

test("a split that sees the chunks breaks the second law, with the fewest chunks that show it", async () => {
  const perChunk = bidi(async function* (chunks: Stream<string>) {
    for await (const chunk of chunks) yield* chunk.split(/(?<=\.)/u);
  });
  const [first, second, third] = await broken({ task: { split: perChunk, join }, wholes: ["ab.c"] });
  expect([first, second, third]).toEqual([undefined, expect.stringMatching(/^with "ab\.c" in the chunks \["[^"]*","[^"]*"\] \(seed 1\): in one piece, it gave \["ab\.","c"\]; in these chunks, it gave /) as string, undefined]);
});

test("a join that sees the chunks breaks the third law, and what hangs is told", async () => {
  const joinLines = inputStream(async (parts: Stream<string>) => (await collect(parts)).join("\n"));
  const keep = bidi((chunks: Stream<string>) => chunks);
  expect((await broken({ task: { split: keep, join: joinLines }, wholes: ["ab"] }))[2]).toMatch(/^with "ab" in the chunks \[.+\] \(seed 1\): joining these chunks was to give "ab"; it gave /);
  const hangs = inputStream(() => new Promise<string>(() => {}));
  expect((await broken({ task: { split: keep, join: hangs }, wholes: ["ab"], rounds: 0, patience: 10 }))[0]).toContain("it is still pending");
});

test("what cannot be tried is refused", async () => {
  const keep = bidi((chunks: Stream<object>) => chunks);
  const last = inputStream(async (chunks: Stream<object>) => (await collect(chunks)).at(-1) ?? {});
  await expect(tryTask({ task: { split: keep, join: last }, wholes: [{ a: 1 }] })).rejects.toThrow('it is not known how to cut {"a":1}; give cut');
  await expect(tryTask({ task: { split: keep, join: last }, wholes: [] })).rejects.toThrow("give at least one whole");
});

test("random cuts are reproduced by their seed, hold all of the whole, and are of many sizes", () => {
  const sizes = new Set<number>();
  for (let seed = 0; seed < 300; seed++) {
    const text = "abcdefghij".slice(0, seed % 11);
    const pieces = cutAtRandom(text, seeded(seed));
    expect([pieces.join(""), cutAtRandom(text, seeded(seed))]).toEqual([text, pieces]);
    sizes.add(pieces.length);
  }
  expect(sizes.size).toBeGreaterThan(6);
  expect(cutAtRandom(Uint8Array.of(1, 2, 3), seeded(1)).flatMap((piece) => [...piece])).toEqual([1, 2, 3]);
});
