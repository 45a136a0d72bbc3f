import { bidi, collect, flatMap, inputStream, map, outputStream, StageError, unary, type AnyStage, type Stream } from "@iftk/core";
import { describe, expect, test } from "vitest";
import { lawful, terminalMark } from "./fixtures/lawful.js";
import { laws, type LawResult } from "./law.js";
import { lawBreaches, lawScore, lawTable } from "./law-table.js";
import type { RunSubject, Subject } from "./law-subject.js";
import { turns } from "./signals.js";
import { feed } from "./sources.js";
import { stageLaws } from "./stage-laws.js";
import { tryLaws } from "./try-laws.js";

const input = [1, 2, 3, terminalMark];
const subject = (run: RunSubject["run"]): RunSubject => ({ run, input, output: input, cut: { input: [1, 2, 3] }, patience: 30 });

const brokenLaws = (results: readonly LawResult[]): string[] => [...new Set(results.filter(({ outcome }) => outcome === "broken").map(({ law }) => law.name))];

/** The names of the laws that the subject breaks, and the first text that says how. */
async function breaches<In>(tried: Subject<In>): Promise<{ laws: string[]; how: string | undefined }> {
  const results = await tryLaws(tried);
  return { laws: brokenLaws(results), how: results.find(({ outcome }) => outcome === "broken")?.how };
}

stageLaws("an operator written by hand", subject((source, signal) => lawful(source, signal)));

test("what keeps the laws is told for each check of all ten", async () => {
  const results = await tryLaws(subject((source, signal) => lawful(source, signal)));
  expect(lawBreaches(results)).toBe("");
  expect(results.filter(({ outcome }) => outcome !== "kept").map(({ how }) => how)).toEqual(["it is no stage that takes and gives a stream"]);
  expect(new Set(results.map(({ law }) => law))).toEqual(new Set(laws));
});

test.for(laws)("an operator that breaks law $number ($name) is caught by that law alone", async ({ name }) => {
  const { laws: broken, how } = await breaches(subject((source, signal) => lawful(source, signal, name)));
  expect({ broken, how }).toEqual({ broken: [name], how: expect.stringMatching(/^expected .+; .+/) as string });
});

/** The values of a source by a generator, as most libraries have it. */
async function* generated(source: AsyncIterable<unknown>): AsyncGenerator<unknown, void, undefined> {
  yield* source;
}

describe("libraries", () => {
  test("one of plain generators breaks what generators cannot keep", async () => {
    const { laws: broken } = await breaches({ run: generated, input: [1, 2, 3], output: [1, 2, 3], takesSignal: false, patience: 30 });
    expect(broken).toEqual(["return", "signal", "one-consumer", "fair"]);
  });

  test("one that lacks a signal is told so, or may say so itself", async () => {
    const results = await tryLaws({ run: generated, input: [1, 2], takesSignal: false, patience: 30 });
    const silent = await tryLaws({ run: generated, input: [1, 2], without: ["signal"], patience: 30 });
    const ofSignal = (found: readonly LawResult[]): unknown[] => [...new Set(found.filter(({ law }) => law.name === "signal").map(({ outcome, how }) => `${outcome}: ${how}`))];
    expect([ofSignal(results), ofSignal(silent)]).toEqual([["broken: it takes no signal"], ["not-applicable: by its own word it does not claim to keep it"]]);
  });

  test("one that never answers is reported, not waited for", async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const deaf = subject(() => ({ [Symbol.asyncIterator]: () => ({ next: never, return: never }) }));
    const results = await tryLaws(deaf);
    expect(brokenLaws(results)).toEqual(laws.map(({ name }) => name));
    expect(lawBreaches(results)).toContain("8 order: it gives what it should, each time it is called: expected all reads to be answered; it is still pending");
  });

  test("one that throws at the call is reported", async () => {
    const { laws: broken, how } = await breaches(subject(() => {
      throw new Error("unknown operator");
    }));
    expect([broken.length, how]).toEqual([10, "unknown operator"]);
  });

  test("one whose iterators have no return() breaks that law", async () => {
    const unreturnable = subject((source) => ({
      [Symbol.asyncIterator]() {
        const iterator = lawful(source, undefined)[Symbol.asyncIterator]();
        return { next: () => iterator.next() };
      },
    }));
    expect((await breaches({ ...unreturnable, without: ["signal", "one-consumer", "leaks"] })).laws).toEqual(["return"]);
  });

  test("one that ends instead of failing swallows errors", async () => {
    const swallowed = (source: AsyncIterable<unknown>): AsyncIterable<unknown> => ({
      [Symbol.asyncIterator]() {
        const ended = { done: true, value: undefined } as const;
        let iterator: AsyncIterator<unknown> | undefined;
        return {
          next() {
            try {
              return (iterator ??= source[Symbol.asyncIterator]()).next().catch(() => ended);
            } catch {
              return Promise.resolve(ended);
            }
          },
          return: () => iterator?.return?.() ?? Promise.resolve(ended),
        };
      },
    });
    const swallowing = { ...subject((source, signal) => lawful(swallowed(source), signal, "cut")), cut: undefined };
    expect((await breaches(swallowing)).laws).toEqual(["errors"]);
  });

  test("one that drops the last value is caught by the law of order", async () => {
    expect((await breaches({ ...subject((source, signal) => lawful(source, signal)), output: input.slice(0, -1) })).laws).toEqual(["order"]);
  });

  test("an error that nobody can catch is a leak", async () => {
    const straying = subject((source, signal) => {
      void Promise.reject(new Error("stray"));
      return lawful(source, signal);
    });
    expect(await breaches(straying)).toMatchObject({ laws: ["leaks"], how: expect.stringMatching(/^expected every rejection to be told to a reader; unhandled: Error: stray and \d+ more$/) as string });
  });
});

describe("stages", () => {
  const kept = async (tried: Subject): Promise<Record<string, number>> => {
    const results = await tryLaws(tried);
    expect(lawBreaches(results)).toBe("");
    return lawScore(results).kept === 0 ? {} : { ...lawScore(results) };
  };
  const truncated = new StageError("unavailable", "cut off", { reason: "truncated" });

  test("all four modes are tried by what applies to them", async () => {
    const found = [
      await kept({ stage: () => unary((n: number) => n + 1), input: [1], output: [2], hanging: () => unary(() => new Promise(() => {})) }),
      await kept({ stage: () => outputStream((n: number) => feed(n, n)), input: [1], output: [1, 1] }),
      await kept({ stage: () => inputStream(async (numbers: Stream<number>) => (await collect(numbers)).length), input: [1, 2], output: [2] }),
      await kept({ stage: () => map((n: number) => n + 1), input: [1, 2], output: [2, 3] }),
    ];
    expect(found).toEqual([{ kept: 3, applicable: 3 }, { kept: 5, applicable: 5 }, { kept: 5, applicable: 5 }, { kept: 9, applicable: 9 }]);
  });

  test.each([["and says so", true], ["and says nothing of it", false]])("a stage that gives many values for each input %s is tried to its error and its end", async (_, says) => {
    const six = (n: number): number[] => Array.from({ length: 6 }, (__, index) => 10 * n + index);
    const many = (): AnyStage => bidi(async function* many(numbers: Stream<number>) {
      for await (const n of numbers) yield* six(n);
    });
    const output = says ? { output: [1, 2].flatMap(six) } : {};
    expect([await kept({ stage: many, input: [1, 2], ...output }), await kept({ stage: () => flatMap(six), input: [1, 2], ...output })]).toEqual([{ kept: 9, applicable: 9 }, { kept: 9, applicable: 9 }]);
  });

  test("a stage that gives many values for each input and loses the error is caught", async () => {
    const losing = (): AnyStage => bidi(async function* losing(numbers: Stream<number>) {
      for (const iterator = numbers[Symbol.asyncIterator](); ; ) {
        const read = await iterator.next().catch(() => ({ done: true, value: 0 }) as const);
        if (read.done) return;
        yield* [read.value, read.value, read.value, read.value, read.value, read.value];
      }
    });
    expect((await breaches({ stage: losing, input: [1, 2], patience: 30 })).laws).toContain("errors");
  });

  test("a stage that says how it is cut is held to the typed error", async () => {
    const guarded = (error: unknown) => () => bidi(async function* guarded(source: Stream<unknown>) {
      let last: unknown;
      for await (const value of source) yield (last = value);
      if (last !== terminalMark) throw error;
    });
    const tried = { input, output: input, cut: { input: [1, 2] } };
    expect(await kept({ ...tried, stage: guarded(truncated) })).toEqual({ kept: 10, applicable: 10 });
    expect(await breaches({ ...tried, stage: guarded(new Error("cut off")) })).toEqual({ laws: ["cut"], how: "expected a StageError unavailable with the reason truncated; it was rejected with Error: cut off" });
  });

  test("leaving may take the turns of the event loop that its subject says, also where it frees the signal last", async () => {
    const unhurried = bidi(async function* (source: Stream<unknown>) {
      try {
        yield* source;
      } finally {
        await turns(8);
      }
    });
    const leaks = async (facts: object): Promise<unknown> => (await tryLaws({ stage: () => unhurried, input: [1, 2, 3], output: [1, 2, 3], ...facts })).filter(({ law, outcome }) => law.name === "leaks" && outcome === "broken").map(({ how }) => how);
    expect([await leaks({ soon: 30 }), await leaks({})]).toEqual([[], [expect.stringContaining("no listener on the signal after 3 runs that were left")]]);
  });

  test("what is acquired and not given back is told", async () => {
    let held = 0;
    const holding = { stage: () => outputStream(async function* (n: number) { held++; yield n; yield n; }), input: [1], output: [1, 1], isReleased: () => held === 0, patience: 20 };
    const { laws: broken, how } = await breaches(holding);
    expect([broken, how]).toEqual([["return", "signal", "order", "leaks"], "expected all that the call acquired to be given back; after 20 turns of the event loop isReleased still gives false"]);
  });
});

test("the table has a row for each subject and a column for each law", async () => {
  const good = await tryLaws(subject((source, signal) => lawful(source, signal)));
  const plain = await tryLaws({ run: generated, input: [1, 2], takesSignal: false, patience: 30 });
  expect(lawTable([["by|hand", good], ["generators", plain]])).toBe(
    [
      "|  | 1 lazy | 2 return | 3 signal | 4 pulled | 5 one-consumer | 6 errors | 7 cut | 8 order | 9 leaks | 10 fair | kept |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
      "| by\\|hand | kept | kept | kept | kept | kept | kept | kept | kept | kept | kept | 10 of 10 |",
      "| generators | kept | BROKEN | BROKEN | kept | BROKEN | kept | – | kept | kept | BROKEN | 5 of 9 |",
    ].join("\n"),
  );
});
