import { failing, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bidi, collect, concat, forEach, fork, from, map, merge, pipe, race, take, zip, type Stream } from "./index.js";

const numbers = (stream: Stream<number>): Stream<number> => stream;

stageLaws("merge of one stream", { stage: () => bidi((input: Stream<number>) => merge(input)), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("merge with a stream that has ended", { stage: () => bidi((input: Stream<number>) => merge(from<number>([]), input)), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("race of one stream", { stage: () => bidi((input: Stream<number>) => race(input)), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("race against one that is late", { stage: () => bidi((input: Stream<number>) => race(hang<number>(), input)), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("zip", { stage: () => bidi((input: Stream<number>) => zip(input, from([4, 5, 6, 7]))), input: [1, 2], output: [[1, 4], [2, 5]] });
stageLaws("concat", { stage: () => bidi((input: Stream<number>) => concat(input, from([9]))), input: [1, 2], output: [1, 2, 9] });
stageLaws("the only branch of a fork", { stage: () => bidi((input: Stream<number>) => fork<number>(1)(input)[0] ?? input), input: [1, 2, 3], output: [1, 2, 3] });
stageLaws("the branches of a fork merged again", { stage: () => bidi((input: Stream<number>) => merge(...fork<number>(2)(input))), input: [1, 2], readsAhead: 16 });

test("merge gives values as they come and ends with the last of its streams", async () => {
  const slow = map((n: number) => n)((async function* () {
    yield 1;
    await turns(5);
    yield 2;
  })());
  expect(await collect(merge(slow, feed(10, 11), from([20])))).toEqual([20, 1, 10, 11, 2]);
  expect(await collect(merge())).toEqual([]);
});

test("merge reads each stream again only when its value was taken", async () => {
  const sources = [tracked(feed(1, 2, 3)), tracked(feed(4, 5, 6))];
  const iterator = merge(...sources)[Symbol.asyncIterator]();
  await iterator.next();
  await turns(3);
  expect(sources.map((source) => source.pulled)).toEqual([1, 1]);
  await iterator.return?.();
  expect(sources.map((source) => source.closed)).toEqual([1, 1]);
});

test("an error in one of the merged streams comes after what was there before it, and closes the others", async () => {
  const error = new Error("of one");
  const other = tracked(hang<number>());
  const seen: number[] = [];
  await expect(forEach(merge(other, failing(error, 1, 2)), (n) => void seen.push(n))).rejects.toBe(error);
  expect([seen, other.closed]).toEqual([[1, 2], 1]);
});

test("leaving a merge while all its streams are silent closes each", async () => {
  const sources = [tracked(hang<number>()), tracked(hang<number>())];
  const iterator = merge(...sources)[Symbol.asyncIterator]();
  const read = iterator.next();
  await turns();
  await iterator.return?.();
  expect([await read, sources.map((source) => source.closed)]).toEqual([{ done: true, value: undefined }, [1, 1]]);
});

test("merge keeps the order within each stream and loses nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.boolean(), { maxLength: 6 }), { maxLength: 5 }), async (shapes) => {
      const stream = async function* (own: number, waits: readonly boolean[]): AsyncGenerator<readonly [number, number]> {
        for (const [index, isLate] of waits.entries()) {
          if (isLate) await turns();
          yield [own, index];
        }
      };
      const values = await collect(merge(...shapes.map((waits, own) => stream(own, waits))));
      const each = shapes.map((_, own) => values.filter((value) => value[0] === own).map((value) => value[1]));
      expect(each).toEqual(shapes.map((waits) => waits.map((_, index) => index)));
    }),
    { numRuns: 40 },
  );
});

test("race gives the stream that answers first, and leaves the others at once", async () => {
  const loser = tracked(hang<number>());
  const winner = tracked(feed(1, 2));
  const iterator = race(loser, winner)[Symbol.asyncIterator]();
  expect([(await iterator.next()).value, loser.closed, (await iterator.next()).value, (await iterator.next()).done]).toEqual([1, 1, 2, true]);
});

test("race fails when what answers first is an error", async () => {
  await expect(collect(race(hang<number>(), failing<number>(new Error("first"))))).rejects.toThrow("first");
});

test("zip ends with the shortest stream and closes the others", async () => {
  const long = tracked(feed(1, 2, 3));
  expect(await collect(zip(long, from(["a"]), from([true, false])))).toEqual([[1, "a", true]]);
  expect([long.closed, await collect(zip())]).toEqual([1, []]);
});

test("zip fails with the stream that fails and closes the others", async () => {
  const long = tracked(feed(1, 2, 3));
  await expect(collect(zip(long, failing(new Error("zipped"), 1)))).rejects.toThrow("zipped");
  expect(long.closed).toBe(1);
});

test("concat opens a stream when the one before has ended", async () => {
  const second = tracked(feed(2));
  const iterator = concat(feed(1), second)[Symbol.asyncIterator]();
  expect([(await iterator.next()).value, second.opened, (await iterator.next()).value, (await iterator.next()).done]).toEqual([1, 0, 2, true]);
});

test("each branch of a fork gives every value, and the source is read once", async () => {
  const source = tracked(feed(1, 2, 3));
  const branches = fork<number>(3)(source);
  expect([await Promise.all(branches.map((branch) => collect(branch))), source.opened, source.pulled]).toEqual([[[1, 2, 3], [1, 2, 3], [1, 2, 3]], 1, 4]);
});

test("every branch of a fork gets the same error, after the values before it", async () => {
  const error = new Error("shared");
  const read = async (branch: Stream<number>): Promise<unknown> => {
    const seen: unknown[] = [];
    await forEach(branch, (n) => void seen.push(n)).catch((caught: unknown) => seen.push(caught));
    return seen;
  };
  expect(await Promise.all(fork<number>(2)(failing(error, 1, 2)).map(read))).toEqual([[1, 2, error], [1, 2, error]]);
});

test("the source of a fork is closed when the last branch is left, one that was never read included", async () => {
  const source = tracked(feed(1, 2, 3));
  const [one, two] = fork<number>(2)(source).map((branch) => branch[Symbol.asyncIterator]());
  await one?.next();
  await one?.return?.();
  const before = source.closed;
  await two?.return?.();
  expect([before, source.closed]).toEqual([0, 1]);
});

test("under block the source waits for the slowest branch, which is at most the buffer behind", async () => {
  const source = tracked(feed(1, 2, 3, 4, 5));
  const [fast, slow] = fork<number>(2, { buffer: 2 })(source).map((branch) => branch[Symbol.asyncIterator]());
  const read = [fast?.next(), fast?.next(), fast?.next()];
  await turns(3);
  expect([await read[0], await read[1], source.pulled]).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, 2]);
  await slow?.next();
  expect([await read[2], source.pulled]).toEqual([{ done: false, value: 3 }, 3]);
  await Promise.all([fast?.return?.(), slow?.return?.()]);
});

test.for([
  { policy: "drop-oldest", given: [3, 4] },
  { policy: "drop-newest", given: [1, 2] },
  { policy: "latest", given: [4] },
] as const)("under $policy a slow branch holds nobody up", async ({ policy, given }) => {
  const [fast, slow] = fork<number>(2, { buffer: 2, policy })(feed(1, 2, 3, 4));
  expect([await collect(fast ?? feed()), await collect(slow ?? feed())]).toEqual([[1, 2, 3, 4], given]);
});

test("under error a slow branch fails, and the others go on", async () => {
  const source = tracked(feed(1, 2, 3));
  const [fast, slow] = fork<number>(2, { buffer: 1, policy: "error" })(source);
  expect(await collect(fast ?? feed())).toEqual([1, 2, 3]);
  await expect(collect(slow ?? feed())).rejects.toMatchObject({ code: "resource_exhausted" });
  expect(source.closed).toBe(1);
});

test("a branch of a fork is a stream like any other", async () => {
  const [one, two] = fork<number>(2)(from([1, 2, 3]));
  expect(await Promise.all([collect(pipe(map((n: number) => n * 2))(one ?? feed())), collect(numbers(two ?? feed()))])).toEqual([[2, 4, 6], [1, 2, 3]]);
});

test("a count or a buffer that cannot be is refused", () => {
  expect(() => fork(0)).toThrow("fork: the count must be a whole number from 1 on, not 0");
  expect(() => fork(2, { buffer: 0 })).toThrow("fork: the size of the buffer must be a whole number from 1 on, not 0");
});

test("a branch of a fork that goes into a pipeline which is left unread counts as left", async () => {
  const source = tracked(feed(1, 2, 3));
  const [one, two] = fork<number>(2)(source);
  const piped = pipe(map((n: number) => n))(one ?? feed())[Symbol.asyncIterator]();
  await piped.return?.();
  const other = (two ?? feed())[Symbol.asyncIterator]();
  await other.next();
  await other.return?.();
  expect(source.closed).toBe(1);
});

test.for([
  ["merge", (branch: Stream<number>) => merge(branch, from([1]))],
  ["race", (branch: Stream<number>) => race(branch, from([1]))],
  ["zip", (branch: Stream<number>) => zip(branch, from([1]))],
  ["concat, before it comes to it", (branch: Stream<number>) => concat(from([1, 2]), branch)],
  ["a stage that takes nothing", (branch: Stream<number>) => pipe(map((n: number) => n), take(0))(branch)],
  ["a call that was aborted before", (branch: Stream<number>) => map((n: number) => n)(branch, { signal: AbortSignal.abort() })],
] as const)("a branch of a fork that goes unread into %s counts as left when that is left", async ([, use]) => {
  for (const isReadFirst of [true, false]) {
    const source = tracked(feed(1, 2, 3));
    const [one, two] = fork(2)(source);
    const iterator = use(one)[Symbol.asyncIterator]();
    const other = two[Symbol.asyncIterator]();
    if (isReadFirst) await iterator.next().catch(() => {});
    await iterator.return?.();
    await other.next();
    await other.return?.();
    expect(source.opened).toBe(source.closed);
  }
});
