import { collect, pipe, take, type Bidi, type Stream } from "@iftk/core";
import { failing, feed, hang, tracked } from "@iftk/testing";
import { array, assert, asyncProperty, boolean, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  count, defaultIfEmpty, distinct, distinctUntilChanged, endWith, every, ignoreElements, includes, max, min, pairwise, skipLast, skipWhile, some, sum, takeLast, throwIfEmpty, window,
} from "./index.js";


const numbers = array(integer({ min: -5, max: 5 }), { maxLength: 12 });
const small = integer({ min: 1, max: 5 });

/** What a stage gives for a stream that hands its values on one by one, and for an array that is ready as a whole. */
async function bothWays<Out>(stage: Bidi<number, Out>, values: readonly number[]): Promise<Out[]> {
  const oneByOne = await collect(stage(feed(...values)));
  expect(await collect(stage(values as unknown as Stream<number>))).toEqual(oneByOne);
  return oneByOne;
}

describe("what stands in for an array's method gives what that gives", () => {
  test("pairwise, takeLast, skipLast, skipWhile, endWith", async () => {
    await assert(
      asyncProperty(numbers, small, async (values, length) => {
        expect([
          await bothWays(pairwise<number>(), values),
          await bothWays(takeLast<number>(length), values),
          await bothWays(skipLast<number>(length), values),
          await bothWays(skipWhile<number>((value) => value < 0), values),
          await bothWays(endWith(7, 8), values),
        ]).toEqual([
          values.slice(1).map((value, index) => [values[index], value]),
          values.slice(-length),
          values.slice(0, -length),
          values.slice(values.findIndex((value) => value >= 0) === -1 ? values.length : values.findIndex((value) => value >= 0)),
          [...values, 7, 8],
        ]);
      }),
    );
  });

  test("window: every full window, and what is left over at the end", async () => {
    await assert(
      asyncProperty(numbers, small, small, boolean(), async (values, length, step, partial) => {
        const full = values.flatMap((_, at) => (at % step === 0 && at + length <= values.length ? [values.slice(at, at + length)] : []));
        const covered = full.length === 0 ? 0 : (full.length - 1) * step + length;
        const rest = values.slice(Math.max(full.length * step, 0));
        const expected = partial && values.length > Math.max(covered, full.length * step) ? [...full, rest] : full;
        expect(await bothWays(window<number>(length, { every: step, partial }), values)).toEqual(expected);
      }),
    );
  });

  test("count, sum, min, max, some, every, includes", async () => {
    const isNegative = (value: number): boolean => value < 0;
    await assert(
      asyncProperty(numbers, async (values) => {
        const input = (): Stream<number> => feed(...values);
        expect(await Promise.all([count<number>()(input()), sum()(input()), min<number>()(input()), max<number>()(input()), some(isNegative)(input()), every(isNegative)(input()), includes(3)(input())])).toEqual([
          values.length,
          values.reduce((total, value) => total + value, 0),
          values.length === 0 ? undefined : Math.min(...values),
          values.length === 0 ? undefined : Math.max(...values),
          values.some(isNegative),
          values.every(isNegative),
          values.includes(3),
        ]);
      }),
    );
  });

  test("distinct and distinctUntilChanged", async () => {
    await assert(
      asyncProperty(numbers, async (values) => {
        expect([await bothWays(distinct<number>(), values), await bothWays(distinctUntilChanged<number>(), values)]).toEqual([[...new Set(values)], values.filter((value, index) => index === 0 || value !== values[index - 1])]);
      }),
    );
  });
});

describe("distinct", () => {
  test("compares keys, and forgets the one not seen for longest", async () => {
    const byLetter = distinct<string>({ key: (word) => word[0], remember: 2 });
    expect(await collect(byLetter(feed("ax", "bx", "ay", "cx", "az", "by")))).toEqual(["ax", "bx", "cx", "by"]);
  });

  test("is not confused by names that every object has", async () => {
    expect(await collect(distinct<string>()(feed("__proto__", "constructor", "__proto__")))).toEqual(["__proto__", "constructor"]);
  });
});

test("distinctUntilChanged compares what its key and its equality say", async () => {
  const near = distinctUntilChanged<{ level: number }, number>({ key: ({ level }) => level, equals: (before, level) => Math.abs(before - level) < 2 });
  expect(await collect(near(feed({ level: 1 }, { level: 2 }, { level: 3 }, { level: 4 }, { level: 9 })))).toEqual([{ level: 1 }, { level: 3 }, { level: 9 }]);
});

test("distinctUntilChanged gives a first value that is undefined", async () => {
  expect(await collect(distinctUntilChanged<undefined>()(feed(undefined, undefined)))).toEqual([undefined]);
});

describe("an empty stream", () => {
  test("is given a value, or an error", async () => {
    const error = new Error("nothing was said");
    const outcomes = [defaultIfEmpty(0)(feed()), defaultIfEmpty(0)(feed(1)), throwIfEmpty<number>(() => error)(feed()), throwIfEmpty<number>()(feed()), throwIfEmpty<number>()(feed(1))].map((stream) => collect(stream).catch((caught: unknown) => caught));
    const [filled, kept, thrown, standard, full] = await Promise.all(outcomes);
    expect([filled, kept, thrown, full]).toEqual([[0], [1], error, [1]]);
    expect(standard).toMatchObject({ code: "failed_precondition", message: "throwIfEmpty: the stream ended without a value" });
  });

  test("has neither a least nor a greatest value, and is sought in vain", async () => {
    expect(await Promise.all([min()(feed()), max()(feed()), some(() => true)(feed()), every(() => false)(feed())])).toEqual([undefined, undefined, false, true]);
  });
});

test("min and max give the first of equals, by whatever they are compared", async () => {
  const words = (): Stream<string> => feed("bb", "a", "c", "dd");
  const byLength = (a: string, b: string): number => a.length - b.length;
  expect([await min(byLength)(words()), await max(byLength)(words()), await min<string>()(words())]).toEqual(["a", "bb", "a"]);
});

test("ignoreElements gives the end and the error, and no value", async () => {
  const error = new Error("of the source");
  expect([await collect(ignoreElements()(feed(1, 2))), await collect(ignoreElements()(failing(error, 1))).catch((caught: unknown) => caught)]).toEqual([[], error]);
});

test("some, every and includes close the source as soon as they know", async () => {
  const sources = [tracked(hang(1, 2)), tracked(hang(1, 2)), tracked(hang(1, 2))] as const;
  expect([await some((value: number) => value === 1)(sources[0]), await every((value: number) => value !== 1)(sources[1]), await includes(1)(sources[2])]).toEqual([true, false, true]);
  expect(sources.map(({ pulled, closed }) => [pulled, closed])).toEqual([[1, 1], [1, 1], [1, 1]]);
});

test("includes finds what is not a number", async () => {
  expect(await includes(Number.NaN)(feed(Number.NaN))).toBe(true);
});

test("an error of a user's function arrives untouched and closes the source", async () => {
  const error = new Error("of the function");
  const fail = (): never => {
    throw error;
  };
  const stages: readonly Bidi<number, unknown>[] = [distinct({ key: fail }), distinctUntilChanged({ key: fail }), skipWhile(fail), pipe(distinctUntilChanged<number>({ equals: fail }), take(2))];
  for (const stage of stages) {
    const source = tracked(feed(1, 2, 3));
    await expect(collect(stage(source))).rejects.toBe(error);
    expect(source.closed).toBe(1);
  }
});

test("numbers that cannot be are refused with what and where", () => {
  const refusals = [() => window(0), () => window(1, { every: 0.5 }), () => distinct({ remember: 0 }), () => takeLast(-1), () => skipLast(Number.NaN)].map((make) => {
    try {
      return make();
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(refusals).toEqual([
    "window: the count must be a whole number from 1 on, not 0",
    "window: every must be a whole number from 1 on, not 0.5",
    "distinct: remember must be a whole number from 1 on, not 0",
    "takeLast: the count must be a whole number from 0 on, not -1",
    "skipLast: the count must be a whole number from 0 on, not NaN",
  ]);
});
