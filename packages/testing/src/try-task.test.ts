import { collect, inputStream, outputStream, StageError, type Stream } from "@iftk/core";
import { defineTask, implement, type Implementation, type TaskTypes } from "@iftk/core/task";
import { expect, test } from "vitest";
import { joinSentences, sentenceFinder, sentencesOf, sentenceTask, sentenceTaskWith, splitText, trusted } from "./fixtures/sentence-task.js";
import { cutAtRandom, seeded } from "./seeded.js";
import { feed } from "./sources.js";
import { taskLaws } from "./task-laws.js";
import type { TaskSubject } from "./task-subject.js";
import { tryTask } from "./try-task.js";

const wholes = ["", "One. Two. Three", "🦊é.漢字.", "....", "x".repeat(100)];
const sentences = { task: sentenceTask, wholes, implementation: sentenceFinder };

taskLaws("sentences", sentences);
taskLaws("sentences that end otherwise", { ...sentences, parameters: { mark: "o" } });
taskLaws("sentences behind something that takes its time", {
  ...sentences,
  parameters: { mark: "x" },
  serve: async (behind) => {
    await Promise.resolve();
    return implement(sentenceTask, {
      unary: async (text, { parameters, signal }) => behind.with(parameters).unary(await Promise.resolve(text), { signal }),
      outputStream: (text, { parameters, signal }) => behind.with(parameters).outputStream(text, { signal }),
      inputStream: (chunks, { parameters, signal }) => behind.with(parameters).inputStream(chunks, { signal }),
      bidi: (chunks, { parameters, signal }) => behind.with(parameters).bidi(chunks, { signal }),
    });
  },
});

const amount = trusted<number>();
const joinAmounts = inputStream(async (amounts: Stream<number>) => (await collect(amounts)).reduce((sum, one) => sum + one, 0));
const ones = outputStream(async function* (whole: number) {
  for (let one = 0; one < whole; one++) yield await Promise.resolve(1);
});
const doubling = defineTask({ name: "doubling", input: { whole: amount, part: amount }, output: { whole: amount, part: amount }, splitInput: ones, joinInput: joinAmounts, splitOutput: ones, joinOutput: joinAmounts });
taskLaws("numbers, cut in a way of their own", {
  task: doubling,
  wholes: [0, 7],
  implementation: implement(doubling, { unary: (whole) => 2 * whole }),
  cut: (whole, random) => {
    const part = random.below(whole + 1);
    return [part, whole - part];
  },
});

const sizes = defineTask({ name: "size", input: { whole: trusted<Uint8Array>() }, output: { whole: amount } });
taskLaws("a task without parts", { task: sizes, wholes: [new Uint8Array(), Uint8Array.of(1, 2)], implementation: implement(sizes, { unary: (bytes) => bytes.length }) });

/** What broke: the law, the check and how. */
const broken = async <T extends TaskTypes>(subject: TaskSubject<T>): Promise<string[]> => (await tryTask(subject)).flatMap(({ law, check, outcome, how }) => (outcome === "broken" ? [`${law.number} ${law.name}: ${check}: ${how}`] : []));

test("the 16 ways between the flavours are tried, each by its name", async () => {
  const tried = (await tryTask({ ...sentences, rounds: 1 })).filter(({ law, outcome }) => law.name === "flavours" && outcome === "kept").map(({ check }) => check);
  expect([tried.length, tried.slice(0, 5)]).toEqual([16, ["unary serves unary", "unary serves output-stream", "unary serves input-stream", "unary serves bidi", "output-stream serves unary"]]);
});

test("a join of inputs that loses something breaks the law of inputs and is shown", async () => {
  const task = sentenceTaskWith({ joinInput: inputStream(async (parts: Stream<string>) => (await collect(parts)).map((part) => part.trim()).join("")) });
  expect(await broken({ task, wholes: ["a b"], rounds: 0 })).toEqual([]);
  expect((await broken({ task, wholes: ["one.two three"], rounds: 0 }))[0]).toBe(
    '1 input: joinInput puts together what splitInput cut: with "one.two three" in the parts ["one.two"," three"] (seed 1): expected "one.two three"; it gave "one.twothree"',
  );
});

test("a join of outputs that loses something breaks the law of outputs, and the flavours that need it", async () => {
  const task = sentenceTaskWith({ joinOutput: inputStream(async (parts: Stream<{ readonly start: number; readonly text: string }>) => ({ sentences: (await collect(parts)).slice(0, 1) })) });
  const found = await broken({ task, wholes: ["a.b"], implementation: implement(task, { unary: (text) => joinSentences(sentencesOf(feed(text), ".")) }), rounds: 0 });
  expect(found.map((how) => how.split(": with")[0])).toEqual([
    "2 output: joinOutput puts together what splitOutput cut",
    "3 chunks: bidi gives the same however the input was cut",
    ...["unary serves output-stream", "unary serves bidi"].map((way) => `4 flavours: ${way}`),
    ...["unary", "output-stream", "input-stream", "bidi"].map((asked) => `4 flavours: output-stream serves ${asked}`),
    ...["input-stream serves output-stream", "input-stream serves bidi"].map((way) => `4 flavours: ${way}`),
    ...["unary", "output-stream", "input-stream", "bidi"].map((asked) => `4 flavours: bidi serves ${asked}`),
  ]);
});

test("an implementation that sees the chunks breaks the law of chunks, with the fewest that show it", async () => {
  const implementation = implement(sentenceTask, {
    ...sentenceFlavours(),
    bidi: async function* (chunks) {
      let start = 0;
      for await (const chunk of chunks) {
        for await (const sentence of sentencesOf(feed(chunk), ".")) yield { ...sentence, start: start + sentence.start };
        start += chunk.length;
      }
    },
  });
  const found = await broken({ task: sentenceTask, wholes: ["ab.c"], implementation });
  expect(found[0]).toMatch(/^3 chunks: bidi gives the same however the input was cut: with "ab\.c" in the parts \["[^"]+","[^"]+"\] \(seed 1\): expected \{"sentences":.*\}; it gave /);
  expect(found.every((how) => how.includes("bidi"))).toBe(true);
});

test("flavours that differ break the law of flavours by name", async () => {
  const implementation = implement(sentenceTask, { ...sentenceFlavours(), inputStream: async (chunks) => ({ sentences: (await collect(chunks)).slice(0, 0) as never[] }) });
  const found = (await broken({ task: sentenceTask, wholes: ["a."], implementation, rounds: 0 })).map((how) => how.split(": with")[0]);
  expect(found).toEqual(["3 chunks: input-stream gives the same however the input was cut", ...["unary", "output-stream", "input-stream", "bidi"].map((asked) => `4 flavours: input-stream serves ${asked}`)]);
});

/** A wire that loses what the stage in between does to it. */
const servedWith = (change: (behind: Implementation<TypesOf<typeof sentenceTask>>) => Partial<ReturnType<typeof sentenceFlavours>>) => (behind: Implementation<TypesOf<typeof sentenceTask>>) =>
  implement(sentenceTask, { unary: behind.unary, outputStream: behind.outputStream, inputStream: behind.inputStream, bidi: behind.bidi, ...change(behind) });
type TypesOf<T> = T extends { readonly load: (model: never) => Implementation<infer Types> } ? Types : never;

test("a wire that waits for the whole input breaks the law of streaming", async () => {
  const serve = servedWith((behind) => ({
    bidi: async function* (chunks) {
      yield* behind.bidi(feed(...(await collect(chunks))));
    },
  }));
  expect((await broken({ ...sentences, wholes: ["a.b"], serve, rounds: 1, patience: 20 })).map((how) => how.split(": with")[0])).toEqual([
    "5 streaming: input-stream serves bidi: an input part arrives before the last is there",
    "5 streaming: bidi serves bidi: an output part comes before the last input part is there",
    "5 streaming: bidi of the implementation gives an output part before the input has ended: expected an output part of at least one of the wholes before the input ends; give a longer whole, or inputStream in place of a bidi that waits",
  ]);
});

test("a wire that waits for the whole output breaks the law of streaming", async () => {
  const serve = servedWith((behind) => ({
    outputStream: async function* (text) {
      yield* await collect(behind.outputStream(text));
    },
  }));
  expect((await broken({ ...sentences, wholes: ["a.b"], serve, rounds: 1, patience: 20 })).map((how) => how.split(": with")[0])).toEqual([
    "5 streaming: output-stream serves output-stream: an output part comes before the last is there",
    "5 streaming: bidi serves output-stream: an output part comes before the last is there",
  ]);
});

test("a wire that loses the parameters is told, and what is served is disposed of after each check", async () => {
  let open = 0;
  const lossy = servedWith((behind) => ({ unary: (text) => behind.unary(text) }));
  const serve = (behind: Implementation<TypesOf<typeof sentenceTask>>) => {
    open++;
    const [served, plain] = [lossy(behind), sentenceFinder];
    const forgetful = { ...flavoursOf(served), with: () => forgetful, [Symbol.asyncDispose]: () => Promise.resolve(void open--) } as unknown as typeof plain;
    return forgetful;
  };
  const found = await broken({ ...sentences, wholes: ["a b"], parameters: { mark: " " }, serve, rounds: 0 });
  expect([open, found.find((how) => how.includes("flavours: unary serves unary"))]).toEqual([0, expect.stringContaining('the parameters {"mark":" "} did not reach the flavour; it got {"mark":"."}') as string]);
});

test("what hangs is told, and what fails is, too", async () => {
  const hangs = sentenceTaskWith({ joinInput: inputStream(() => new Promise<string>(() => {})) });
  expect((await broken({ task: hangs, wholes: ["ab"], rounds: 0, patience: 10 }))[0]).toContain("it is still pending");
  const fails = sentenceTaskWith({ joinInput: inputStream(() => Promise.reject<string>(new Error("torn"))) });
  expect((await broken({ task: fails, wholes: ["ab"], rounds: 0, patience: 10 }))[0]).toContain("it was rejected with Error: torn");
  const refuses = implement(sentenceTask, { unary: () => Promise.reject(new StageError("internal", "no weights")) });
  expect(await broken({ task: sentenceTask, wholes: ["ab"], implementation: refuses, rounds: 0 })).toContain("4 flavours: unary serves unary: StageError: no weights");
});

test("an implementation that cannot be left breaks the law of leaving", async () => {
  const clinging = implement(sentenceTask, {
    ...sentenceFlavours(),
    bidi: async function* (chunks) {
      let hasEnded = false;
      try {
        yield* sentencesOf(chunks, ".");
        hasEnded = true;
      } finally {
        if (!hasEnded) throw new Error("not to be left"); // oxlint-disable-line no-unsafe-finally -- it is what is tried
      }
    },
  });
  const found = await broken({ ...sentences, wholes: ["a.b"], implementation: clinging, rounds: 0, patience: 20 });
  expect(found.map((how) => how.split(": expected")[0])).toEqual([
    "6 leaving: bidi serves output-stream: law 2 of stages (return): leaving runs every finally up to the source's before the consumer's next statement",
    "6 leaving: bidi serves bidi: law 2 of stages (return): leaving runs every finally up to the source's before the consumer's next statement",
  ]);
});

test("a subject without wholes is refused", async () => {
  await expect(tryTask({ task: sentenceTask, wholes: [] })).rejects.toThrow("give at least one whole");
});

test("random cuts are reproduced by their seed, hold all of the whole, and are of many sizes", () => {
  const counts = new Set<number>();
  for (let seed = 0; seed < 300; seed++) {
    const text = "abcdefghij".slice(0, seed % 11);
    const pieces = cutAtRandom(text, seeded(seed));
    expect([pieces.join(""), cutAtRandom(text, seeded(seed))]).toEqual([text, pieces]);
    counts.add(pieces.length);
  }
  expect(counts.size).toBeGreaterThan(6);
  expect(cutAtRandom(Uint8Array.of(1, 2, 3), seeded(1)).flatMap((piece) => [...piece])).toEqual([1, 2, 3]);
});

/** The four flavours as functions. */
function sentenceFlavours() {
  return {
    unary: (text: string) => joinSentences(sentencesOf(splitText(text), ".")),
    outputStream: (text: string) => sentencesOf(splitText(text), "."),
    inputStream: (chunks: Stream<string>) => joinSentences(sentencesOf(chunks, ".")),
    bidi: (chunks: Stream<string>): Stream<{ start: number; text: string }> => sentencesOf(chunks, "."),
  };
}

function flavoursOf({ unary, outputStream, inputStream, bidi }: typeof sentenceFinder) {
  return { unary, outputStream, inputStream, bidi };
}
