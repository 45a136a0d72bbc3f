import { Duplex, PassThrough, Readable } from "node:stream";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { batch, buffer, collect, each, filter, flatMap, fork, from, map, merge, pipe, take, toReadableStream, unary, zip, type Stream } from "./index.js";

const never = (): Promise<never> => new Promise(() => {});
const paths: Record<string, (source: Stream<number>) => Stream<number>> = {
  from: (source) => from(source),
  map: map((n: number) => n),
  "each of an async stage": each(unary(async (n: number) => Promise.resolve(n))),
  "a fork": (source) => fork<number>(1)(source)[0] as Stream<number>,
  "a merge": (source) => merge(source),
  "a zip": (source) => flatMap((row: [number]) => row)(zip(source)),
  "a buffer": buffer({ size: 2 }),
  "a flatMap": (source) => flatMap((stream: Stream<number>) => stream)([source] as never),
};
const foreign = (iterator: object): Stream<number> => ({ [Symbol.asyncIterator]: () => iterator }) as unknown as Stream<number>;

const oddities: Record<string, () => Stream<number>> = {
  "answers that are no promises": () => {
    let n = 0;
    return foreign({ next: () => (n < 3 ? { done: false, value: ++n } : { done: true, value: undefined }) });
  },
  "answers without done": () => {
    let n = 0;
    return foreign({ next: () => Promise.resolve(n < 3 ? { value: ++n } : { done: true }) });
  },
  "answers that are promise-likes, told at once": () => {
    let n = 0;
    // oxlint-disable-next-line unicorn/no-thenable -- it is one
    return foreign({ next: () => ({ then: (resolve: (result: unknown) => void) => resolve(n < 3 ? { done: false, value: ++n } : { done: true }) }) });
  },
  "an end that carries a value": () => {
    let n = 0;
    return foreign({ next: async () => Promise.resolve(n < 3 ? { done: false, value: ++n } : { done: true, value: 9 }) });
  },
  "one result object for all answers": () => {
    const result = { done: false, value: 0 };
    return foreign({ next: async () => (result.done = ++result.value > 3, Promise.resolve(result)) });
  },
  "a sync iterable": () => new Set([1, 2, 3]) as never,
  "a sync iterator without return": () => ({ [Symbol.iterator]: () => { let n = 0; return { next: () => ({ done: n >= 3, value: ++n }) }; } }) as never,
  "a ReadableStream": () => new ReadableStream({ start(controller) { for (const n of [1, 2, 3]) controller.enqueue(n); controller.close(); } }),
  "a ReadableStream without an iterator of its own": () => {
    const stream = new ReadableStream({ start(controller) { for (const n of [1, 2, 3]) controller.enqueue(n); controller.close(); } });
    return { getReader: () => stream.getReader() } as never;
  },
  "a Node Readable": () => Readable.from([1, 2, 3]),
  "a Node Duplex": () => Duplex.from([1, 2, 3]),
};

test.each(Object.entries(oddities).flatMap(([name, source]) => Object.entries(paths).map(([way, path]) => ({ name, source, way, path }))))("$name, through $way", async ({ source, path }) => {
  expect(await collect(path(source()))).toEqual([1, 2, 3]);
  const values: number[] = [];
  for await (const value of path(source())) {
    values.push(value);
    if (value === 2) break;
  }
  expect(values).toEqual([1, 2]);
});

test.each(Object.entries(paths))("a source whose next, or whose opening, throws is told and not closed: %s", async (_, path) => {
  let closed = 0;
  const close = (): unknown => (closed++, { done: true });
  const error = new Error("now");
  const fail = (): never => {
    throw error;
  };
  await expect(collect(path(foreign({ next: fail, return: close })))).rejects.toBe(error);
  await expect(collect(path({ [Symbol.asyncIterator]: fail }))).rejects.toBe(error);
  await expect(collect(path({ [Symbol.iterator]: () => ({ next: fail, return: close }) } as never))).rejects.toBe(error);
  expect(closed).toBe(0);
});

test.each(Object.entries(paths))("what cannot be read is refused when it is read: %s", async (_, path) => {
  for (const source of [undefined, null, 5, {}, () => []]) await expect(collect(path(source as never))).rejects.toMatchObject({ code: "invalid_argument" });
});

test.each(Object.entries(paths))("a web stream that is silent is cancelled when it is left, with a read pending or without: %s", async (_, path) => {
  let cancelled = 0;
  const silent = (): ReadableStream<number> => new ReadableStream<number>({ start: (controller) => controller.enqueue(1), pull: never, cancel: () => void cancelled++ }, { highWaterMark: 0 });
  for (const isPending of [false, true]) {
    const iterator = path(from(silent()))[Symbol.asyncIterator]();
    await iterator.next();
    const read = isPending ? iterator.next() : undefined;
    await turns();
    await iterator.return?.();
    await read;
  }
  await turns();
  expect(cancelled).toBe(2);
});

test("a web stream that is locked, or that fails, is told; one that this package made is read like any other", async () => {
  const locked = new ReadableStream<number>();
  locked.getReader();
  await expect(collect(from(locked))).rejects.toThrow(/locked/);
  const error = new Error("of the stream");
  await expect(collect(from(new ReadableStream<number>({ pull: (controller) => controller.error(error) })))).rejects.toBe(error);
  const [whole, part] = [toReadableStream(from([1, 2])), toReadableStream(from([1, 2]))];
  expect([await collect(from(whole)), await collect(take<number>(1)(from(part)))]).toEqual([[1, 2], [1]]);
});

test.each(Object.entries(paths))("a Node stream that is silent is destroyed when it is left, with a read pending or without: %s", async (_, path) => {
  for (const isPending of [false, true]) {
    for (const stream of [new PassThrough({ objectMode: true }), new Duplex({ objectMode: true, read() {}, write() {} })]) {
      stream.push(1);
      const iterator = path(stream)[Symbol.asyncIterator]();
      await iterator.next();
      const read = isPending ? iterator.next() : undefined;
      await turns();
      await iterator.return?.();
      await read;
      await turns();
      expect([isPending, stream.destroyed]).toEqual([isPending, true]);
    }
  }
});

test("a Node stream that fails, or is destroyed before its end, fails the run", async () => {
  const error = new Error("of the stream");
  await expect(collect(from(new Readable({ objectMode: true, read() { this.destroy(error); } })))).rejects.toBe(error);
  await expect(collect(from(new Readable({ objectMode: true, read() { this.destroy(); } })))).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
});

test("bytes of a Node stream arrive as they were written", async () => {
  const stream = new PassThrough();
  const text = pipe(map((bytes: Uint8Array) => new TextDecoder().decode(bytes)), filter((part: string) => part !== ""), batch(100));
  stream.write("ab");
  setImmediate(() => stream.end("cd"));
  expect(await collect(text(stream))).toEqual([["ab", "cd"]]);
});
