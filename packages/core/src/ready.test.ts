import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { batch, bidi, buffer, collect, each, filter, forEach, fork, from, map, merge, pipe, race, ready, take, toReadableStream, unary, zip, type Batch, type ReadyReader, type ReadyStream, type Stream } from "./index.js";

type Answer = Batch<number> | PromiseLike<Batch<number>>;

/** A stream in the ready protocol that answers from a script and then ends; it tells how it was used. */
class Scripted implements ReadyStream<number> {
  reads = 0;
  closes = 0;
  readonly #script: readonly (() => Answer)[];

  constructor(...script: readonly (() => Answer)[]) {
    this.#script = script;
  }

  [ready](): ReadyReader<number> {
    return {
      read: () => this.#script[this.reads++]?.(),
      close: () => void this.closes++,
    };
  }

  [Symbol.asyncIterator](): never {
    throw new Error("read it in batches");
  }
}

const now = (...values: number[]) => (): Answer => values;
const late = (...values: number[]) => (): Answer => turns().then(() => values);
/** A promise-like that answers within the call of `then`. */
const atOnce = (values: Batch<number>) => (): Answer => ({
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  then: (resolve) => resolve?.(values) as never,
});
const fail = (error: unknown) => (): Answer => {
  throw error;
};
const never = (): Promise<never> => new Promise(() => {});

const readers: Record<string, (stream: Stream<number>) => Stream<number>> = {
  "as it is": (stream) => from(stream),
  "through fused stages": pipe(map((n: number) => n), filter(() => true)),
  "through an async stage": (stream) => each(unary(async (n: number) => Promise.resolve(n)))(stream),
  "through a generator": bidi(async function* (input: Stream<number>) {
    yield* input;
  }),
  "through a buffer": buffer({ size: 4 }),
  "by a fork": (stream) => fork<number>(1)(stream)[0] as Stream<number>,
  "by a merge": (stream) => merge(stream),
  "by a race": (stream) => race(stream),
  "by a zip": (stream) => map(([n]: [number]) => n)(zip(stream)),
};

const faces: Record<string, (stream: Stream<number>, values: number[]) => Promise<void>> = {
  async "one by one"(stream, values) {
    for await (const value of stream) values.push(value);
  },
  "at one go": (stream, values) => forEach(stream, (value) => void values.push(value)),
  "with a consumer that waits": (stream, values) =>
    forEach(stream, async (value) => {
      await Promise.resolve();
      values.push(value);
    }),
  async "in batches"(stream, values) {
    const reader = from(stream)[ready]();
    for (let some = await reader.read(); some; some = await reader.read()) values.push(...some);
  },
  async "as a web stream"(stream, values) {
    const reader = toReadableStream(stream).getReader();
    for (let result = await reader.read(); !result.done; result = await reader.read()) values.push(result.value);
  },
};

const cases = Object.entries(readers).flatMap(([how, read]) => Object.entries(faces).map(([face, drain]) => ({ how, face, read, drain })));

/** What came, and how it ended, within a bounded number of turns. */
async function outcome(run: (values: number[]) => Promise<void>): Promise<unknown[]> {
  const values: number[] = [];
  const end = await Promise.race([
    run(values).then(
      () => "end",
      (error: unknown) => [error],
    ),
    turns(60).then(() => "pending"),
  ]);
  return [...values, end];
}

test.each(cases)("empty batches are neither values nor the end: $how, $face", async ({ read, drain }) => {
  const source = new Scripted(now(), now(1), late(), late(), late(2, 3), now(), now(), now(4), late(), now());
  expect([await outcome((values) => drain(read(source), values)), source.reads, source.closes]).toEqual([[1, 2, 3, 4, "end"], 11, 0]);
});

test.each(cases)("promise-likes that answer within the call are heard: $how, $face", async ({ read, drain }) => {
  const source = new Scripted(atOnce([1]), atOnce([]), now(2), atOnce([3, 4]), atOnce([5]), atOnce(undefined), now(6));
  expect([await outcome((values) => drain(read(source), values)), source.reads, source.closes]).toEqual([[1, 2, 3, 4, 5, "end"], 6, 0]);
});

test.each(cases)("a read that throws ends it with that error, after what was there: $how, $face", async ({ read, drain }) => {
  for (const error of [new Error("x"), undefined, null]) {
    const reject = async (): Promise<Batch<number>> => Promise.resolve().then(fail(error));
    for (const script of [[now(1, 2), fail(error)], [late(1, 2), fail(error)], [now(1), late(2), reject], [now(1), now(2), () => turns().then(reject)]]) {
      const source = new Scripted(...script);
      expect([await outcome((values) => drain(read(source), values)), source.reads, source.closes]).toEqual([[1, 2, [error]], script.length, 0]);
    }
  }
});

test.each(cases)("many empty batches in a row neither starve the event loop nor overflow the stack: $how, $face", async ({ read, drain }) => {
  let reads = 0;
  let isOver = false;
  const source: ReadyStream<number> = {
    [ready]: () => ({ read: () => (++reads > 300_000 || isOver ? undefined : []) }),
    [Symbol.asyncIterator]: never as never,
  };
  setImmediate(() => setImmediate(() => (isOver = true)));
  const values: number[] = [];
  await drain(read(source), values);
  expect([values, reads < 300_000]).toEqual([[], true]);
});

test.each(Object.entries(readers))("leaving closes the source once, also while a read is pending: %s", async (_, read) => {
  for (const script of [[now(1), never], [late(1), never], [atOnce([1]), never]]) {
    const source = new Scripted(...script);
    const iterator = read(source)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    const pending = iterator.next();
    await turns();
    await iterator.return?.();
    expect([await pending, source.closes, source.reads, await iterator.next(), source.reads]).toEqual([{ done: true, value: undefined }, 1, 2, { done: true, value: undefined }, 2]);
  }
});

test.each(Object.entries(readers))("a source that is left unread is neither opened nor closed: %s", async (_, read) => {
  let opened = 0;
  const source: ReadyStream<number> = {
    [ready]() {
      opened++;
      return { read: () => undefined };
    },
    [Symbol.asyncIterator]: never as never,
  };
  const iterator = read(source)[Symbol.asyncIterator]();
  await iterator.return?.();
  expect([opened, await iterator.next()]).toEqual([0, { done: true, value: undefined }]);
});

test("an error of close is told to who leaves", async () => {
  const source: ReadyStream<number> = {
    [ready]: () => ({
      read: () => [1],
      close() {
        throw new Error("in close");
      },
    }),
    [Symbol.asyncIterator]: never as never,
  };
  for (const read of [from<number>, map((n: number) => n), pipe(map((n: number) => n), batch(1))]) {
    const iterator = read(source)[Symbol.asyncIterator]();
    await iterator.next();
    await expect(iterator.return?.()).rejects.toThrow("in close");
  }
  await expect(collect(take<number>(2)(source))).rejects.toThrow("in close");
});

test("reads after the end, and closes after the end, are not passed on to the source", async () => {
  const source = new Scripted(now(1));
  const reader = (map((n: number) => n)(source) as ReadyStream<number>)[ready]();
  expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([[1], undefined, undefined]);
  await reader.close?.();
  expect([source.reads, source.closes]).toEqual([2, 0]);
});

test("a batch is never changed by those who read it", async () => {
  const values = Object.freeze([3, 1, 2]) as number[];
  const stage = pipe(take<number>(5), bidi((input: Stream<number>) => merge(...fork<number>(2)(input))));
  expect(await collect(stage(new Scripted(now(...values), () => values)))).toHaveLength(10);
  expect(await collect(buffer<number>({ size: 2, policy: "latest" })(from(values)))).toEqual([2]);
  expect(values).toEqual([3, 1, 2]);
});
