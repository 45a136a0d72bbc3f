import { failing, feed, stageLaws, tracked, turns } from "@iftk/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { batch, bidi, buffer, collect, drop, each, explain, filter, first, flatMap, forEach, from, fromBatches, inputStream, last, map, pipe, reduce, scan, sync, take, takeWhile, tap, through, toReadableStream, unary, type Stream } from "./index.js";

const pairs = sync("pairs", () => {
  let before: number | undefined;
  return {
    take(value: number) {
      const pair = before === undefined ? [] : [[before, value]];
      before = value;
      return pair;
    },
    end: () => (before === undefined ? [] : [[before]]),
  };
});

stageLaws("flatMap to arrays", { stage: () => flatMap((n: number) => [n, -n]), input: [1, 2], output: [1, -1, 2, -2] });
stageLaws("flatMap to streams", { stage: () => flatMap((n: number) => feed(n, -n)), input: [1, 2], output: [1, -1, 2, -2] });
stageLaws("flatMap to iterables", { stage: () => flatMap((n: number) => new Set([n, -n])), input: [1, 2], output: [1, -1, 2, -2] });
stageLaws("scan", { stage: () => scan((sum: number, n: number) => sum + n, 0), input: [1, 2, 3], output: [1, 3, 6] });
stageLaws("takeWhile", { stage: () => takeWhile((n: number) => n < 1000), input: [1, 2], output: [1, 2] });
stageLaws("drop", { stage: () => drop(1), input: [1, 2, 3], output: [2, 3] });
stageLaws("batch", { stage: () => batch(2), input: [1, 2, 3], output: [[1, 2], [3]] });
stageLaws("sync", { stage: () => pairs, input: [1, 2, 3], output: [[1, 2], [2, 3], [3]] });
stageLaws("buffer", { stage: () => buffer({ size: 2 }), input: [1, 2, 3, 4, 5, 6], output: [1, 2, 3, 4, 5, 6], readsAhead: 3 });
stageLaws("ten fused stages", {
  stage: () => pipe(map((n: number) => n), filter(Boolean), flatMap((n: number) => [n, n]), take(1_000_000), tap(() => {}), drop(0), scan((_: number, n: number) => n, 0), batch(1), flatMap((ns: number[]) => ns), map((n: number) => n)),
  input: [1, 2],
  output: [1, 1, 2, 2],
});
stageLaws("through a web TransformStream", { stage: () => through(() => new TransformStream<number, number>({ transform: (n, controller) => controller.enqueue(n + 1) })), input: [1, 2, 3, 4], output: [2, 3, 4, 5], readsAhead: 2 });

const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });

/** The values cut into batches at random, some of them behind a promise. */
const chunked = fc.tuple(numbers, fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { minLength: 1, maxLength: 6 })).map(([values, cuts]) => {
  const batches: { readonly values: readonly number[]; readonly isLate: boolean }[] = [];
  for (let at = 0, cut = 0; at < values.length; cut++) {
    const [size, isLate] = cuts[cut % cuts.length] ?? [1, false];
    batches.push({ values: values.slice(at, at + size), isLate });
    at += size;
  }
  return { values, batches };
});

async function* late(batches: readonly { readonly values: readonly number[]; readonly isLate: boolean }[]): AsyncGenerator<readonly number[], void, undefined> {
  for (const { values, isLate } of batches) {
    if (isLate) await turns();
    yield values;
  }
}

const stage = pipe(
  map((n: number) => n + 1),
  filter((n: number) => n % 3 !== 0),
  scan((sum: number, n: number) => sum + n, 0),
  each(unary(async (n: number) => Promise.resolve(n * 2))),
  flatMap((n: number) => (n % 4 === 0 ? [n, n + 1, n + 2] : feed(n))),
  takeWhile((n: number) => n < 60),
  pairs,
  take(9),
  batch(2),
);

function expected(values: readonly number[]): number[][] {
  let sum = 0;
  const flat: number[] = [];
  for (const n of values.map((value) => value + 1).filter((value) => value % 3 !== 0)) {
    sum += n;
    flat.push(...((sum * 2) % 4 === 0 ? [sum * 2, sum * 2 + 1, sum * 2 + 2] : [sum * 2]));
  }
  const end = flat.findIndex((n) => n >= 60);
  const kept = end < 0 ? flat : flat.slice(0, end);
  const all: (number | undefined)[][] = kept.slice(1).map((n, index) => [kept[index], n]);
  const paired = (kept.length > 0 ? [...all, kept.slice(-1)] : []).slice(0, 9);
  return Array.from({ length: Math.ceil(paired.length / 2) }, (_, index) => paired.slice(index * 2, index * 2 + 2)) as never;
}

test("a chain of fused stages gives the same, however its input is cut into batches and however it is read", async () => {
  await fc.assert(
    fc.asyncProperty(chunked, async ({ values, batches }) => {
      const oneByOne: unknown[] = [];
      for await (const value of stage(fromBatches(late(batches)))) oneByOne.push(value);
      const visited: unknown[] = [];
      await forEach(stage(fromBatches(late(batches))), async (value) => {
        await Promise.resolve();
        visited.push(value);
      });
      const web: unknown[] = [];
      const reader = toReadableStream(stage(from(values))).getReader();
      for (let result = await reader.read(); !result.done; result = await reader.read()) web.push(result.value);
      const whole = await collect(stage(fromBatches(late(batches))));
      for (const outcome of [oneByOne, visited, web, whole]) expect(outcome).toEqual(expected(values));
    }),
    { numRuns: 60 },
  );
});

test("a consumer that reads one by one runs no stage on what it has not asked for, inside a batch too", async () => {
  const seen: number[] = [];
  const iterator = pipe(tap((n: number) => void seen.push(n)), flatMap((n: number) => [n, n]), tap((n: number) => void seen.push(-n)))(from([1, 2, 3]))[Symbol.asyncIterator]();
  const [one, two, three] = [await iterator.next(), await iterator.next(), await iterator.next()];
  expect([one.value, two.value, three.value, seen]).toEqual([1, 1, 2, [1, -1, -1, 2, -2]]);
  await iterator.return?.();
});

test("take closes the source with the last value it gives, and what is upstream sees no more", async () => {
  const seen: number[] = [];
  const source = tracked(feed(1, 2, 3));
  const iterator = pipe(tap((n: number) => void seen.push(n)), flatMap((n: number) => [n, n, n]), take(2))(source)[Symbol.asyncIterator]();
  await iterator.next();
  expect(await iterator.next()).toEqual({ done: false, value: 1 });
  await turns();
  expect([source.closed, seen, await iterator.next()]).toEqual([1, [1], { done: true, value: undefined }]);
});

test("take(0) never opens its source", async () => {
  const source = tracked(feed(1));
  expect([await collect(take(0)(source)), source.opened]).toEqual([[], 0]);
});

test("what a stage keeps for the end comes also when a later stage wants no more, in the order of the stages", async () => {
  expect(await collect(pipe(batch<number>(2), batch(2))(from([1, 2, 3, 4, 5, 6, 7])))).toEqual([[[1, 2], [3, 4]], [[5, 6], [7]]]);
  expect(await collect(pipe(take<number>(3), batch(2))(from([1, 2, 3, 4])))).toEqual([[1, 2], [3]]);
});

test("what was given before an error arrives before it, whatever the batch", async () => {
  const broken = map((n: number) => {
    if (n === 3) throw new Error("three");
    return n;
  });
  const seen: number[] = [];
  const reader = toReadableStream(broken(from([1, 2, 3, 4]))).getReader();
  const read = async (): Promise<void> => {
    for (;;) {
      const result = await reader.read();
      if (result.done) return;
      seen.push(result.value);
    }
  };
  await expect(read()).rejects.toThrow("three");
  expect(seen).toEqual([1, 2]);
});

test("an error of a user's function, wherever it stands, closes the source and arrives untouched", async () => {
  const error = new Error("of the user");
  const fail = (): never => {
    throw error;
  };
  const stages = { map: map(fail), filter: filter(fail), scan: scan(fail, 0), flatMap: flatMap(fail), takeWhile: takeWhile(fail), tap: tap(fail), unary: each(unary(fail)), rejecting: each(unary(() => Promise.reject(error))), sync: sync("sync", () => ({ take: fail })), opening: sync("sync", fail), bidi: bidi(fail) };
  for (const [name, broken] of Object.entries(stages)) {
    const source = tracked(feed(1, 2));
    const caught: unknown = await collect(pipe(map((n: number) => n), broken)(source)).catch((thrown: unknown) => thrown);
    expect([name, caught, source.opened === source.closed]).toEqual([name, error, true]);
  }
  const source = tracked(feed(1, 2));
  await expect(forEach(map((n: number) => n)(source), fail)).rejects.toBe(error);
  expect(source.closed).toBe(1);
});

test("reduce, first and last: of a stream, and of an empty one", async () => {
  const sum = (stream: Stream<number>) => reduce(stream, (total, n) => total + n, 10);
  const source = tracked(feed(1, 2));
  expect([await sum(feed(1, 2)), await sum(feed()), await first(source), source.closed, await first(feed()), await last(feed(1, 2)), await last(feed())]).toEqual([13, 10, 1, 1, undefined, 2, undefined]);
});

test("buffer reads on while its consumer is away, as far as its size allows", async () => {
  const source = tracked(feed(1, 2, 3, 4, 5));
  const iterator = buffer<number>({ size: 2 })(source)[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toBe(1);
  await turns(20);
  expect(source.pulled).toBe(3);
  await iterator.return?.();
  expect(source.closed).toBe(1);
});

test.for([
  { policy: "drop-oldest", given: [1, 5, 6] },
  { policy: "drop-newest", given: [1, 2, 3] },
  { policy: "latest", given: [1, 6] },
] as const)("a full buffer with the policy $policy lets its source go on", async ({ policy, given }) => {
  const seen: number[] = [];
  await forEach(buffer<number>({ size: 2, policy })(feed(1, 2, 3, 4, 5, 6)), async (n) => {
    seen.push(n);
    if (n === 1) await turns(30);
  });
  expect(seen).toEqual(given);
});

test("a full buffer with the policy error fails, after what it holds, and closes its source", async () => {
  const source = tracked(feed(1, 2, 3, 4, 5));
  const iterator = buffer<number>({ size: 2, policy: "error" })(source)[Symbol.asyncIterator]();
  await iterator.next();
  await turns(30);
  await expect((async () => { for (;;) await iterator.next(); })()).rejects.toMatchObject({ code: "resource_exhausted" });
  expect(source.closed).toBe(1);
});

test("a web stream of a stream is read only when it is asked, and cancelling it closes the source", async () => {
  const source = tracked(feed(1, 2, 3));
  const reader = toReadableStream(map((n: number) => n)(source)).getReader();
  await turns(2);
  expect(source.opened).toBe(0);
  await reader.read();
  await reader.cancel();
  expect(source.closed).toBe(1);
});

test("an error arrives through a web TransformStream as it is", async () => {
  const error = new Error("of the source");
  await expect(collect(through(() => new TransformStream())(failing(error, 1)))).rejects.toBe(error);
});

test("explain says the mode of each part and what it holds", () => {
  const words = bidi(async function* words(parts: Stream<string>) {
    for await (const part of parts) yield* part.split(" ");
  });
  const join = inputStream(async function join(parts: Stream<string>) {
    return (await collect(parts)).join(" ");
  });
  const shout = unary(function shout(word: string) {
    return word.toUpperCase();
  });
  expect(explain(pipe(words, each(shout, { ahead: 2 }), join))).toBe(
    ["words | each(shout) | join  input-stream", "  words                     bidi", "  each(shout)               bidi          works on up to 2 values ahead", "  join                      input-stream  reads its input to the end"].join("\n"),
  );
});
