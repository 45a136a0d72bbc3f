import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { lateStream } from "./authoring.js";
import { collect, from, map, outputStream, readyStream, type Stream } from "./index.js";

/** A stream of letters that tells what was done with it. */
function told(log: string[]): Stream<string> {
  return (async function* letters() {
    try {
      log.push("read");
      yield* ["a", "b"];
    } finally {
      log.push("closed");
    }
  })();
}

test.each<[string, () => Stream<string>]>([
  ["a generator", () => told([])],
  ["values that are ready", () => from(["a", "b"])],
  ["what a stage gives", () => map((letter: string) => letter)(from(["a", "b"]))],
  ["what another late stream gives", () => lateStream(async () => told([]))],
])("gives the values of %s", async (_, make) => {
  expect(await collect(lateStream(async () => make()))).toEqual(["a", "b"]);
});

test("asks for the stream at the first read, once", async () => {
  let asked = 0;
  const late = lateStream(async () => {
    asked++;
    return from([1, 2, 3]);
  });
  await turns();
  expect(asked).toBe(0);
  expect([await collect(late), asked]).toEqual([[1, 2, 3], 1]);
});

test("fails with what the promise rejects with, and with what the stream fails with", async () => {
  const broken = new Error("broken");
  await expect(collect(lateStream(() => Promise.reject<Stream<number>>(broken)))).rejects.toBe(broken);
  const breaks = outputStream(async function* breaks() {
    yield 1;
    throw broken;
  });
  await expect(collect(lateStream(async () => breaks(undefined)))).rejects.toBe(broken);
});

test("a stream that comes after its consumer has left is left, and nothing of it is read", async () => {
  const log: string[] = [];
  const coming = Promise.withResolvers<Stream<string>>();
  const iterator = lateStream(() => coming.promise)[Symbol.asyncIterator]();
  const first = iterator.next();
  await iterator.return?.();
  expect(await first).toEqual({ done: true, value: undefined });
  coming.resolve(told(log));
  await turns();
  expect(log).toEqual([]);
});

test("a stream that begins something when it is opened does not begin it for a consumer who has left, and one that can be cancelled is", async () => {
  const log: string[] = [];
  const ours = readyStream<string>(() => (log.push("opened"), { read: () => undefined }), () => log.push("unread"));
  const web = new ReadableStream<string>({ pull: () => void log.push("pulled"), cancel: () => void log.push("cancelled") }, { highWaterMark: 0 });
  for (const stream of [ours, web as unknown as Stream<string>]) {
    const coming = Promise.withResolvers<Stream<string>>();
    const iterator = lateStream(() => coming.promise)[Symbol.asyncIterator]();
    const first = iterator.next();
    await iterator.return?.();
    await first;
    coming.resolve(stream);
    await turns();
  }
  expect(log).toEqual(["unread", "cancelled"]);
});

test("a consumer who leaves closes the stream, and hears what its cleanup throws", async () => {
  const broken = new Error("cleanup");
  const stream = lateStream(async () => (async function* breaks() {
    try {
      yield 1;
      yield 2;
    } finally {
      await Promise.reject(broken);
    }
  })());
  const leaving = (async () => {
    for await (const _ of stream) break;
  })();
  await expect(leaving).rejects.toBe(broken);
});
