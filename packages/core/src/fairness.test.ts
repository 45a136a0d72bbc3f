import { expect, test } from "vitest";
import { batch, bidi, buffer, collect, concat, drop, each, filter, flatMap, forEach, fork, from, fromBatches, map, merge, outputStream, pipe, race, ready, scan, sync, take, toReadableStream, unary, zip, type Bidi, type ReadyStream, type Stream } from "./index.js";

/** Values after which a source gives up: the event loop has then not turned for far too long. */
const far = 300_000;

/** Numbers without end and without a wait, until the event loop has turned so often. */
class Endless {
  count = 0;
  turns = 0;
  constructor(readonly until = 3) {
    const turn = (): void => void (++this.turns < until && setImmediate(turn));
    setImmediate(turn);
  }

  next(): IteratorResult<number, undefined> {
    return this.turns >= this.until || this.count >= far ? { done: true, value: undefined } : { done: false, value: this.count++ };
  }
}

const sources: Record<string, (endless: Endless) => Stream<number>> = {
  "a sync iterable": (endless) => from({ [Symbol.iterator]: () => endless }),
  "an async generator that never waits": async function* (endless) {
    for (let result = endless.next(); !result.done; result = endless.next()) yield result.value;
  },
  "an async iterator": (endless) => ({ [Symbol.asyncIterator]: () => ({ next: async () => Promise.resolve(endless.next()) }) }),
  "batches of one": (endless) => ({ [ready]: () => ({ read: () => { const { done, value } = endless.next(); return done ? undefined : [value]; } }) }) as unknown as ReadyStream<number>,
  "batches behind a promise": (endless) => ({ [ready]: () => ({ read: async () => { const { done, value } = endless.next(); return Promise.resolve(done ? undefined : [value]); } }) }) as unknown as ReadyStream<number>,
  "a web stream": (endless) => from(new ReadableStream<number>({ pull(controller) { const { done, value } = endless.next(); if (done) controller.close(); else controller.enqueue(value); } })),
  "a stream of arrays": (endless) => fromBatches({ [Symbol.iterator]: () => ({ next: () => { const { done, value } = endless.next(); return done ? { done, value } : { done: false, value: [value, value] }; } }) }),
};

const stages: Record<string, Bidi<number, number>> = {
  none: bidi((input: Stream<number>) => input),
  fused: pipe(map((n: number) => n), scan((_: number, n: number) => n, 0), drop(1)),
  "a filter that drops everything": pipe(map((n: number) => n), filter(() => false)),
  "a drop without end": drop(Number.MAX_SAFE_INTEGER),
  "a flatMap to nothing": flatMap(() => []),
  "a flatMap to empty streams": flatMap(() => from([])),
  "a sync stage that gives nothing": sync("silent", () => ({ take: () => [] })),
  "an async stage": each(unary(async (n: number) => Promise.resolve(n))),
  "each of streams": each(outputStream((n: number) => from([n]))),
  "each, ahead": each(unary((n: number) => n), { ahead: 2 }),
  "a generator": bidi(async function* (input: Stream<number>) {
    yield* input;
  }),
  "a buffer": buffer({ size: 8 }),
  "a merge": bidi((input: Stream<number>) => merge(input)),
  "a race": bidi((input: Stream<number>) => race(input)),
  "a zip": pipe(bidi((input: Stream<number>) => zip(input)), map(([n]: [number]) => n)),
  "a concat": bidi((input: Stream<number>) => concat(input)),
  "a fork that is merged": bidi((input: Stream<number>) => merge(...fork<number>(2)(input))),
};

const faces: Record<string, (stream: Stream<number>) => Promise<unknown>> = {
  async "one by one"(stream) {
    for await (const value of stream) void value;
  },
  "at one go": (stream) => forEach(stream, () => {}),
  "at one go, waiting for each": (stream) => forEach(stream, async () => Promise.resolve()),
  async "in batches"(stream) {
    const reader = (map((n: number) => n)(stream) as ReadyStream<number>)[ready]();
    while (await reader.read());
  },
  async "as a web stream"(stream) {
    const reader = toReadableStream(stream).getReader();
    while (!(await reader.read()).done);
  },
};

const cases = Object.entries(sources).flatMap(([name, source]) => Object.entries(stages).map(([way, stage]) => ({ name, source, way, stage })));

test.each(cases)("$name through $way lets the event loop turn, however it is read", async ({ source, stage }) => {
  for (const [face, read] of Object.entries(faces)) {
    const endless = new Endless();
    await read(stage(source(endless)));
    expect([face, endless.turns, endless.count < far]).toEqual([face, 3, true]);
  }
});

test.each(Object.entries(faces))("a flatMap to an iterable without end, and one within another, let the event loop turn: %s", async (_, read) => {
  for (const stage of [flatMap((endless: Endless) => ({ [Symbol.iterator]: () => endless })), pipe(flatMap((endless: Endless) => ({ [Symbol.iterator]: () => endless })), flatMap((n: number) => [n, n]), filter(() => false))]) {
    const endless = new Endless();
    await read(stage(from([endless])));
    expect([endless.turns, endless.count < far]).toEqual([3, true]);
  }
});

test("a long array lets the event loop turn, through stages and without", async () => {
  const values = Array.from({ length: 100_000 }, (_, index) => index);
  for (const stage of [stages["none"], stages["fused"], stages["a filter that drops everything"]] as Bidi<number, number>[]) {
    const endless = new Endless(10);
    await forEach(stage(from(values)), () => {});
    await forEach(stage(from([...values])), () => {});
    expect(endless.turns).toBeGreaterThan(4);
  }
});

test.each([["block", 16], ["block", 50_000], ["drop-oldest", 16], ["latest", 1]] as const)("branches of a fork that are read at one go follow a source that never waits: %s, %i", async (policy, size) => {
  for (const source of ["a sync iterable", "batches of one"] as const) {
    const endless = new Endless(4);
    const seen = [0, 0];
    const branches = fork<number>(2, { buffer: size, policy })((sources[source] as (endless: Endless) => Stream<number>)(endless));
    await Promise.all(branches.map((branch, index) => forEach(branch, () => void (seen[index] = (seen[index] ?? 0) + 1))));
    expect([endless.count < far, endless.turns, policy === "block" ? seen : []]).toEqual([true, 4, policy === "block" ? [endless.count, endless.count] : []]);
  }
});

test.each([8193, 20_481])("a branch that waits for a slower one follows it without a call for each value on the stack: a buffer of %i", async (size) => {
  const values = 3 * size;
  const [slow, fast] = fork<number>(2, { buffer: size })(from(new Set(Array.from({ length: values }, (_, index) => index)))) as [Stream<number>, Stream<number>];
  const reader = (slow as ReadyStream<number>)[ready]();
  let seen = 0;
  const whole = forEach(fast, () => void seen++);
  let slowly = 0;
  for (let some = await reader.read(); some; some = await reader.read()) {
    slowly += some.length;
    while (seen < Math.min(values, slowly + size)) await new Promise(setImmediate);
  }
  await whole;
  expect([slowly, seen]).toEqual([values, values]);
});

test("a reader that does not wait finds all values of a very large batch", async () => {
  const values = Array.from({ length: 300_000 }, (_, index) => index);
  expect((await collect(merge(from(values), from(values)))).length).toBe(600_000);
  expect((await collect(pipe(buffer<number>({ size: 10 }), batch(1000))(from(values)))).length).toBe(300);
  expect((await collect(flatMap(() => values)(from([1, 2])))).length).toBe(600_000);
  expect((await collect(take<number>(200_000)(fork<number>(1)(from(values))[0] as Stream<number>))).length).toBe(200_000);
});
