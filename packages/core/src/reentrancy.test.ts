import { feed, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, drop, each, filter, flatMap, forEach, fork, from, map, merge, open, outputStream, pipe, ready, scan, sync, take, takeWhile, tap, unary, type Bidi, type ReadyReader, type ReadyStream, type Stream } from "./index.js";

/** Calls what a test chose, when the value is the one it chose. */
type Hook = (value: number) => void;

const places: Record<string, (hook: Hook) => Bidi<number, number>> = {
  map: (hook) => map((n) => (hook(n), n)),
  filter: (hook) => filter((n) => (hook(n), true)),
  scan: (hook) => scan((_: number, n: number) => (hook(n), n), 0),
  tap: (hook) => tap(hook),
  takeWhile: (hook) => takeWhile((n) => (hook(n), true)),
  "flatMap to an array": (hook) => flatMap((n) => (hook(n), [n])),
  "flatMap to a stream": (hook) => flatMap((n) => (hook(n), feed(n))),
  "the take of a sync stage": (hook) => sync("sync", () => ({ take: (n: number) => (hook(n), [n]) })),
  "the end of a sync stage": (hook) =>
    sync("sync", () => {
      const values: number[] = [];
      return { take: (n: number) => (values.push(n), []), end: () => (values.forEach(hook), values) };
    }),
  "each of a stage that answers now": (hook) => each(unary((n: number) => (hook(n), n))),
  "each of a stage that answers later": (hook) => each(unary(async (n: number) => (await Promise.resolve(), hook(n), n))),
  "each of a stage that gives a stream": (hook) => each(outputStream((n: number) => (hook(n), feed(n)))),
  "each, ahead": (hook) => each(unary((n: number) => (hook(n), n)), { ahead: 1 }),
  "a generator": (hook) =>
    bidi(async function* (input: Stream<number>) {
      for await (const n of input) yield (hook(n), n);
    }),
  "an iterator by hand": (hook) =>
    bidi((input: Stream<number>) => {
      const iterator = input[Symbol.asyncIterator]();
      return { [Symbol.asyncIterator]: () => ({ next: async () => { const result = await iterator.next(); if (!result.done) hook(result.value); return result; } }) };
    }),
};

const sources: Record<string, () => Stream<number>> = {
  "an array": () => from([1, 2, 3, 4, 5, 6]),
  "an async source": () => feed(1, 2, 3, 4, 5, 6),
  "a sync iterable": () => from(new Set([1, 2, 3, 4, 5, 6])),
};

const cases = Object.entries(places).flatMap(([place, make]) => Object.entries(sources).map(([name, source]) => ({ place, make, name, source })));

/** A stage between others, so that something is fused before and after it. */
const between = (stage: Bidi<number, number>): Bidi<number, number> => pipe(map((n: number) => n), stage, map((n: number) => n));

/** What a promise comes to within a bounded number of turns. */
const told = async <T>(promise: Promise<T>): Promise<unknown> => Promise.race([promise.catch((error: unknown) => ["failed", error]), turns(30).then(() => "pending")]);
const valueOf = (result: unknown): unknown => (typeof result === "object" && result && "value" in result ? result.value ?? "end" : result);

test.each(cases)("next called from within: every read is answered, in order: $place, $name", async ({ make, source }) => {
  const inner: Promise<unknown>[] = [];
  const stage = between(make((n) => {
    if (n === 1 || n === 3) inner.push(iterator.next());
  }));
  const iterator = stage(source())[Symbol.asyncIterator]();
  const outer: unknown[] = [];
  for (let result = await told(iterator.next()); valueOf(result) !== "end" && result !== "pending" && outer.length < 10; result = await told(iterator.next())) outer.push(valueOf(result));
  const both = [outer, await Promise.all(inner.map(async (read) => valueOf(await told(read))))] as number[][];
  expect(both.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(both.map((part) => part.toSorted((a, b) => a - b))).toEqual(both);
  expect(outer[0]).toBe(1);
});

test.each(cases)("return called from within: nothing is pulled any more and the source is closed once: $place, $name", async ({ place, make, source }) => {
  const input = tracked(source());
  let leaving: Promise<unknown> | undefined;
  const seen: number[] = [];
  const stage = between(pipe(tap((n: number) => void seen.push(n)), make((n) => {
    if (n === 2) leaving ??= iterator.return?.();
  })));
  const iterator: AsyncIterator<number> = stage(input)[Symbol.asyncIterator]();
  const reads = [await told(iterator.next()), await told(iterator.next())].map(valueOf);
  expect([await told(leaving as Promise<unknown>), valueOf(await told(iterator.next()))]).toEqual([{ done: true, value: undefined }, "end"]);
  const { pulled } = input;
  await turns(5);
  expect([input.closed, input.pulled - pulled]).toEqual([1, 0]);
  if (!/end of|ahead/.test(place)) expect([reads[0], seen.filter((n) => n > 3)]).toEqual([1, []]);
});

test.each(cases)("abort called from within: the next answer is a rejection with the reason, and nothing is pulled any more: $place, $name", async ({ make, source }) => {
  const input = tracked(source());
  const controller = new AbortController();
  const reason = new Error("enough");
  const stage = between(make((n) => {
    if (n === 2) controller.abort(reason);
  }));
  const iterator = stage(input, { signal: controller.signal })[Symbol.asyncIterator]();
  const reads: unknown[] = [];
  while (reads.length < 6) reads.push(valueOf(await told(iterator.next())));
  const { pulled } = input;
  await turns(5);
  const values = reads.filter((read) => typeof read === "number");
  expect([reads.slice(values.length), input.closed, input.pulled - pulled]).toEqual([[["failed", reason], ...reads.slice(values.length + 1).map(() => "end")], 1, 0]);
  expect([[], [1]]).toContainEqual(values);
});

test.each(cases)("abort called from within a run at one go ends it: $place, $name", async ({ make, source }) => {
  const controller = new AbortController();
  const seen: number[] = [];
  const stage = between(make((n) => {
    if (n === 2) controller.abort("enough");
  }));
  expect(await told(forEach(stage(source(), { signal: controller.signal }), (n) => void seen.push(n)))).toEqual(["failed", "enough"]);
  expect(seen.filter((n) => n > 2)).toEqual([]);
});

test.each(cases)("another run of the same stage is apart: $place, $name", async ({ make, source }) => {
  const nested: Promise<number[]>[] = [];
  let depth = 0;
  const stage: Bidi<number, number> = between(make((n) => {
    if (n === 2 && depth++ < 2) nested.push(collect(stage(source())));
  }));
  const whole = await told(collect(stage(source())));
  await turns(5);
  expect([whole, await told(Promise.all(nested))]).toEqual([[1, 2, 3, 4, 5, 6], [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]]);
});

test.each(Object.entries(sources))("a consumer that aborts sees no value more: %s", async (_, source) => {
  for (const path of [from, map((n: number) => n), flatMap((n: number) => [n, n, n]), bidi(async function* (input: Stream<number>) { yield* input; })]) {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = forEach(pipe(bidi<number, number>(path), drop(0))(source(), { signal: controller.signal }), (n) => {
      seen.push(n);
      if (seen.length === 2) controller.abort("enough");
    });
    expect([await told(run), seen.length]).toEqual([["failed", "enough"], 2]);
  }
});

test.each(["next", "return"] as const)("a source that calls %s of the run that reads it", async (method) => {
  for (const isReady of [false, true]) {
    const inner: Promise<unknown>[] = [];
    let reads = 0;
    let closes = 0;
    const call = (): void => {
      if (++reads === 2) inner.push(iterator[method]?.() as Promise<unknown>);
    };
    const source: Stream<number> = isReady
      ? ({ [ready]: (): ReadyReader<number> => ({ read: () => (call(), reads < 5 ? [reads] : undefined), close: () => void closes++ }) } as unknown as ReadyStream<number>)
      : { [Symbol.asyncIterator]: () => ({ next: async () => Promise.resolve((call(), reads < 5 ? { done: false, value: reads } : { done: true, value: undefined })), return: async () => Promise.resolve((closes++, { done: true, value: undefined })) }) };
    const iterator: AsyncIterator<number> = map((n: number) => n)(source)[Symbol.asyncIterator]();
    const outer = [valueOf(await told(iterator.next())), valueOf(await told(iterator.next())), valueOf(await told(iterator.next()))];
    const answers = await Promise.all(inner.map(async (promise) => valueOf(await told(promise))));
    expect([isReady, outer, answers, closes]).toEqual(method === "next" ? [isReady, [1, 2, 4], [3], 0] : [isReady, [1, "end", "end"], ["end"], 1]);
  }
});

test("a listener of the signal that reads, returns and aborts again finds the run over", async () => {
  const controller = new AbortController();
  const answers: Promise<unknown>[] = [];
  const source = tracked(feed(1, 2, 3));
  const stage = bidi(async function* (input: Stream<number>, { signal }) {
    signal.addEventListener("abort", () => {
      answers.push(told(iterator.next()), told(iterator.return?.() as Promise<unknown>));
      controller.abort("again");
    });
    yield* input;
  });
  const iterator = stage(source, { signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  controller.abort("enough");
  expect([(await Promise.all(answers)).map(valueOf), valueOf(await told(iterator.next())), source.closed]).toEqual([[["failed", "enough"], "end"], "end", 1]);
});

test("branches of a fork that leave, read and write while values are given to them", async () => {
  const [one, two, three] = fork<number>(3, { buffer: 2 })(from([1, 2, 3, 4])) as [Stream<number>, Stream<number>, Stream<number>];
  const third = three[Symbol.asyncIterator]();
  const seen: number[] = [];
  const first = forEach(one, (n) => void (n === 1 && third.return?.()));
  const second = forEach(two, (n) => void seen.push(n));
  expect([await told(Promise.all([first, second])), seen, await told(third.next())]).toEqual([[undefined, undefined], [1, 2, 3, 4], { done: true, value: undefined }]);
  const merged = merge(from([1, 2]), feed(3))[Symbol.asyncIterator]();
  expect(await told(Promise.all([merged.next(), merged.next(), merged.next(), merged.next()]).then((results) => results.map(valueOf)))).toEqual([1, 2, 3, "end"]);
});

test("a channel that is written to from within its own stage", async () => {
  const echo = pipe(map((n: number) => n), flatMap((n: number) => (n < 3 ? (void channel.write(n + 1), [n]) : [n])), take(3));
  const channel = open(echo);
  await channel.write(1);
  expect(await told(collect(channel as unknown as Stream<number>))).toEqual([1, 2, 3]);
});
