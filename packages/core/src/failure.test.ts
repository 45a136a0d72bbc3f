import { feed, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { batch, bidi, buffer, collect, each, filter, flatMap, forEach, fork, from, inputStream, map, merge, outputStream, pipe, race, reduce, scan, sync, take, takeWhile, tap, toReadableStream, unary, zip, type Bidi, type Stream } from "./index.js";

type Fail = (value: number) => void;

const places: Record<string, (fail: Fail) => Bidi<number, number>> = {
  map: (fail) => map((n) => (fail(n), n)),
  filter: (fail) => filter((n) => (fail(n), true)),
  scan: (fail) => scan((_: number, n: number) => (fail(n), n), 0),
  tap: (fail) => tap(fail),
  takeWhile: (fail) => takeWhile((n) => (fail(n), true)),
  "flatMap before it gives": (fail) => flatMap((n) => (fail(n), [n])),
  "flatMap in an iterable that it gave": (fail) => flatMap(function* (n) { yield n; fail(n + 1); }),
  "flatMap in a stream that it gave": (fail) => flatMap(async function* (n) { yield await Promise.resolve(n); fail(n + 1); }),
  "the take of a sync stage": (fail) => sync("sync", () => ({ take: (n: number) => (fail(n), [n]) })),
  "each of a stage that throws at once": (fail) => each(unary((n: number) => (fail(n), Promise.resolve(n)))),
  "each of a stage that rejects at once": (fail) => each(unary(async (n: number) => (fail(n), Promise.resolve(n)))),
  "each of a stage that rejects later": (fail) => each(unary(async (n: number) => (await turns(), fail(n), n))),
  "each of a stage whose stream cannot be made": (fail) => each(outputStream((n: number) => (fail(n), feed(n)))),
  "each of a stage whose stream fails": (fail) => each(outputStream(async function* (n: number) { yield await Promise.resolve(n); fail(n + 1); })),
  "each, ahead": (fail) => each(unary(async (n: number) => (await Promise.resolve(), fail(n), n)), { ahead: 2 }),
  "a generator": (fail) =>
    bidi(async function* (input: Stream<number>) {
      for await (const n of input) yield (fail(n), n);
    }),
  "a generator that waits in its finally": (fail) =>
    bidi(async function* (input: Stream<number>) {
      try {
        for await (const n of input) yield (fail(n), n);
      } finally {
        await turns(3);
      }
    }),
};

const sources: Record<string, (fail?: Fail) => Stream<number>> = {
  "an array": () => from([1, 2, 3, 4]),
  "an async source": () => feed(1, 2, 3, 4),
  "a sync iterable": () => from(new Set([1, 2, 3, 4])),
};

const readers: Record<string, (stream: Stream<number>, values: number[]) => Promise<unknown>> = {
  async "one by one"(stream, values) {
    for await (const value of stream) values.push(value);
  },
  "at one go": (stream, values) => forEach(stream, (value) => void values.push(value)),
  async "as a web stream"(stream, values) {
    const reader = toReadableStream(stream).getReader();
    for (let result = await reader.read(); !result.done; result = await reader.read()) values.push(result.value);
  },
  "through a buffer": (stream, values) => forEach(buffer<number>({ size: 2 })(stream), (value) => void values.push(value)),
  "by a merge": (stream, values) => forEach(merge(stream), (value) => void values.push(value)),
  "by a race": (stream, values) => forEach(race(stream), (value) => void values.push(value)),
  "by a zip": (stream, values) => forEach(zip(stream), ([value]) => void values.push(value)),
  "by a fork": (stream, values) => Promise.all(fork<number>(2)(stream).map((branch, index) => forEach(branch, (value) => void (index === 0 && values.push(value))))),
};

const errors: Record<string, unknown> = { "an error": new Error("third"), undefined: undefined, null: null };
const cases = Object.entries(places).flatMap(([place, make]) => Object.entries(sources).flatMap(([name, source]) => Object.entries(errors).map(([kind, error]) => ({ place, make, name, source, kind, error }))));

/** How it ended, within a bounded number of turns; the error itself, untouched. */
const told = async (promise: Promise<unknown>): Promise<unknown> => Promise.race([promise.then(() => "end", (error: unknown) => [error]), turns(60).then(() => "pending")]);

test.each(cases)("$kind thrown in $place is told once, after what came before it, and closes $name", async ({ make, source, error }) => {
  const stage = pipe(map((n: number) => n), make((n) => {
    if (n === 3) throw error;
  }), map((n: number) => n));
  for (const [how, read] of Object.entries(readers)) {
    const input = tracked(source());
    const values: number[] = [];
    expect([how, await told(read(stage(input), values)), values, input.closed]).toEqual([how, [error], [1, 2], 1]);
    const { pulled } = input;
    await turns(2);
    expect(input.pulled).toBe(pulled);
  }
  const iterator = stage(source())[Symbol.asyncIterator]();
  const reads = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()].map(told));
  expect([reads, await told(iterator.next())]).toEqual([["end", "end", [error], "end"], "end"]);
});

test.each(cases)("$kind thrown in $place passes the stages after it, from $name", async ({ make, source, error }) => {
  const stage = make((n) => {
    if (n === 3) throw error;
  });
  const after: Bidi<number, number>[] = [
    bidi(async function* (input: Stream<number>) { yield* input; }),
    bidi(async function* (input: Stream<number>) { for await (const n of input) yield n; }),
    bidi((input: Stream<number>) => from(toReadableStream(input))),
    bidi((input: Stream<number>) => merge(input)),
    each(unary((n: number) => n), { ahead: 2 }),
    buffer({ size: 1 }),
  ];
  for (const next of after) {
    const input = tracked(source());
    const values: number[] = [];
    expect([await told(forEach(pipe(stage, next)(input), (n) => void values.push(n))), values, input.closed]).toEqual([[error], [1, 2], 1]);
  }
});

test.each(Object.entries(errors))("%s thrown by the consumer is told and closes the source", async (_, error) => {
  const fail = (n: number): number => {
    if (n === 3) throw error;
    return n;
  };
  const consumers: ((stream: Stream<number>) => Promise<unknown>)[] = [
    (stream) => forEach(stream, fail),
    (stream) => forEach(stream, async (n) => Promise.resolve(fail(n))),
    (stream) => reduce(stream, (_sum, n) => fail(n), 0),
    async (stream) => {
      for await (const n of stream) fail(n);
    },
    (stream) => inputStream(async (input: Stream<number>) => forEach(input, fail))(stream),
  ];
  for (const source of Object.values(sources)) {
    for (const consume of consumers) {
      const input = tracked(source());
      expect([await told(consume(pipe(map((n: number) => n), filter(() => true))(input))), input.closed]).toEqual([[error], 1]);
    }
  }
});

test.each(Object.entries(errors))("%s thrown in the end of a sync stage, and where it is opened, is told", async (_, error) => {
  const fail = (): never => {
    throw error;
  };
  const input = tracked(feed(1));
  expect([await told(collect(sync<number, number>("at the end", () => ({ take: (n) => [n], end: fail }))(input))), input.closed]).toEqual([[error], 1]);
  for (const stage of [sync<number, number>("opened", fail), bidi<number, number>(fail), pipe(map((n: number) => n), bidi<number, number>(fail), take(2))]) {
    const other = tracked(feed(1));
    expect([await told(collect(stage(other))), other.opened]).toEqual([[error], 0]);
  }
  expect([await told(unary(fail)(1)), await told(inputStream(fail)(feed(1))), await told(collect(outputStream(fail)(1)))]).toEqual([[error], [error], [error]]);
});

/** A stage whose `finally` throws. */
const careless = (error: unknown, first?: { readonly error: unknown }): Bidi<number, number> =>
  bidi(async function* (input: Stream<number>) {
    try {
      for await (const n of input) {
        if (n === 2 && first) throw first.error;
        yield n;
      }
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
      throw error;
    }
  });

test.each(Object.entries(errors))("%s thrown in a finally is told at the end and to who leaves; those before and after it still close", async (_, error) => {
  const log: string[] = [];
  const outer = (name: string): Bidi<number, number> =>
    bidi(async function* (input: Stream<number>) {
      try {
        yield* input;
      } finally {
        log.push(name);
      }
    });
  const stage = pipe(outer("before"), careless(error), outer("after"));
  const [atEnd, onLeave] = [tracked(feed(1, 2)), tracked(feed(1, 2))];
  expect(await told(collect(stage(atEnd)))).toEqual([error]);
  const iterator = stage(onLeave)[Symbol.asyncIterator]();
  await iterator.next();
  expect([await told(iterator.return?.() as Promise<unknown>), await told(iterator.next())]).toEqual([[error], "end"]);
  expect([log.toSorted(), atEnd.closed, onLeave.closed]).toEqual([["after", "after", "before", "before"], 1, 1]);
});

test("an error thrown while closing does not take the place of the error, or the abort, that closed", async () => {
  const first = new Error("first");
  const careful = pipe(careless("in finally"), map((n: number) => {
    if (n === 2) throw first;
    return n;
  }));
  expect(await told(collect(careful(feed(1, 2, 3))))).toEqual([first]);
  const controller = new AbortController();
  const iterator = careless("in finally")(feed(1, 2, 3), { signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort(first);
  expect([await told(iterator.next()), await told(iterator.next())]).toEqual([[first], "end"]);
});

test("of two that throw while they are left, one is told", async () => {
  const iterator = pipe(careless("source's"), careless("sink's"))(feed(1, 2))[Symbol.asyncIterator]();
  await iterator.next();
  expect(await told(iterator.return?.() as Promise<unknown>)).toEqual([expect.stringMatching(/source's|sink's/)]);
});

test("take tells what its source throws while it is closed, at the end or to who leaves", async () => {
  const open = (): AsyncIterator<number> => pipe(careless("in finally"), take<number>(1), batch(1), map(([n]: number[]) => n as number))(feed(1, 2))[Symbol.asyncIterator]();
  const [read, left] = [open(), open()];
  expect([await told(read.next()), await told(read.next()), await told(read.next())]).toEqual(["end", ["in finally"], "end"]);
  expect([await told(left.next()), await told(left.return?.() as Promise<unknown>)]).toEqual(["end", ["in finally"]]);
});

test("promise-likes of any make are awaited: ones that answer at once, later, twice, or that throw", async () => {
  // oxlint-disable unicorn/no-thenable -- they are
  const likes: ((n: number) => unknown)[] = [
    (n) => ({ then: (resolve: (value: number) => void) => resolve(n) }),
    (n) => ({ then: (resolve: (value: number) => void) => void turns().then(() => resolve(n)) }),
    (n) => ({ then: (resolve: (value: number) => void) => (resolve(n), resolve(-n)) }),
    (n) => ({
      then(resolve: (value: number) => void) {
        resolve(n);
        throw new Error("too late");
      },
    }),
  ];
  for (const like of likes) {
    const visited: number[] = [];
    expect(await collect(pipe(map((n: number) => n), each(unary((n: number) => like(n) as Promise<number>)), map((n: number) => n))(from([1, 2, 3])))).toEqual([1, 2, 3]);
    await forEach(from([1, 2, 3]), (n) => (visited.push(n), like(n)));
    expect(visited).toEqual([1, 2, 3]);
  }
  const broken = { then() { throw new Error("in then"); } };
  expect(await told(collect(each(unary(() => broken as never))(feed(1))))).toEqual([new Error("in then")]);
  expect(await told(forEach(feed(1), () => broken))).toEqual([new Error("in then")]);
  // oxlint-enable unicorn/no-thenable
});
