import { Readable } from "node:stream";
import { each, from, outputStream, pipe, StageError, take as takeStage, unary } from "@iftk/core";
import { failing, feed, tracked } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fromIterable, type DataStream } from "./index.js";

const numbers = (count: number): DataStream<number> => fromIterable(() => Array.from({ length: count }, (_, index) => index));

/** A data stream over sources that are counted, and those sources. */
function counted(...values: readonly number[]) {
  const sources: ReturnType<typeof tracked<number>>[] = [];
  const data = fromIterable(function values_() {
    const source = tracked(feed(...values));
    sources.push(source);
    return source;
  });
  return { data, sources };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => (StageError.is(error) ? { code: error.code, message: error.message } : error),
  );
}

describe("a data stream", () => {
  test("gives the same items in every reading, also in two at once", async () => {
    const data = numbers(3).map((n) => n * 2);
    const [one, two] = [data[Symbol.asyncIterator](), data[Symbol.asyncIterator]()];
    const crossed = [await one.next(), await two.next(), await one.next(), await two.next()].map(({ value }) => value);
    expect([await data.toArray(), await data.toArray(), crossed]).toEqual([[0, 2, 4], [0, 2, 4], [0, 0, 2, 2]]);
  });

  test("opens nothing before the first item is asked for, whatever is made of it", async () => {
    const { data, sources } = counted(1, 2, 3);
    const made = data.concat(data).map((n) => n + 1).filter().zip(data.concat(data)).shuffle({ seed: 1 }).split(0.5, { seed: 1 })[0].batch(2).flatten().take(2);
    const reading = made.open()[Symbol.asyncIterator]();
    const before = sources.length;
    await reading.next();
    await reading.return?.();
    expect({ before, areClosed: sources.every(({ opened, closed }) => opened === closed) }).toEqual({ before: 0, areClosed: true });
  });

  test("closes its source when a reader leaves, before the reader goes on", async () => {
    const { data, sources } = counted(1, 2, 3);
    for await (const item of data.map((n) => n).filter()) if (item === 2) break;
    expect(sources.map(({ opened, pulled, closed }) => ({ opened, pulled, closed }))).toEqual([{ opened: 1, pulled: 2, closed: 1 }]);
  });

  test("ends with the reason of the signal, also while it waits, and the function that opens the source hears it", async () => {
    const controller = new AbortController();
    let heard: AbortSignal | undefined;
    const data = fromIterable(({ signal }) => {
      heard = signal;
      return new Promise<never[]>(() => {});
    });
    const reading = data.toArray({ signal: controller.signal });
    await Promise.resolve();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect(heard?.aborted).toBe(true);
  });

  test("goes into stages and streams of core, and stages go into it", async () => {
    const double = unary((n: number) => n * 2);
    const twice = outputStream(async function* twice(n: number) {
      yield* [n, n];
    });
    const data = numbers(3);
    const outside = [];
    for await (const value of pipe(each(double), each(twice))(from(data))) outside.push(value);
    expect([outside, await data.pipe(each(double, { ahead: 2 })).pipe(each(twice)).toArray(), await data.pipe(takeStage(2)).toArray()]).toEqual([[0, 0, 2, 2, 4, 4], [0, 0, 2, 2, 4, 4], [0, 1]]);
  });

  test("fails where a function gives again a stream that was read, rather than to seem empty", async () => {
    const sources = [feed(1), new ReadableStream({ start: (controller) => controller.close() }), Readable.from([1])];
    const readTwice = async (source: AsyncIterable<unknown>): Promise<unknown> => {
      const data = fromIterable(() => source);
      return [await data.count(), await failure(data.count())];
    };
    const again = { code: "failed_precondition", message: expect.stringMatching(/^the function that opens a source gave the stream that it gave before/) };
    expect(await Promise.all(sources.map(readTwice))).toEqual([[1, again], [0, again], [1, again]]);
  });

  test("passes errors of its source on untouched, after the items before them", async () => {
    const error = new Error("broken");
    const items: number[] = [];
    const data = fromIterable(() => failing(error, 1, 2)).map((n) => void items.push(n));
    await expect(data.toArray()).rejects.toBe(error);
    expect(items).toEqual([1, 2]);
  });
});

describe("operations", () => {
  test("map awaits promises in order", async () => {
    expect(await numbers(3).map(async (n) => `${n}`).toArray()).toEqual(["0", "1", "2"]);
  });

  test("filter keeps what holds, and without a function what counts as true", async () => {
    const mixed = fromIterable([0, 1, "", "a", null, undefined, false, Number.NaN, []]);
    expect([await numbers(4).filter((n) => n % 2 === 1).toArray(), await mixed.filter().toArray()]).toEqual([[1, 3], [1, "a", []]]);
  });

  test("concat gives one stream after the other, also the same one twice", async () => {
    const data = numbers(2);
    expect(await data.concat(data, numbers(1)).toArray()).toEqual([0, 1, 0, 1, 0]);
  });

  test("flatten gives the items of arrays, iterables and streams", async () => {
    expect(await fromIterable([[1, 2], new Set([3]), feed(4), []]).flatten().toArray()).toEqual([1, 2, 3, 4]);
  });

  test("take, batch and count", async () => {
    expect([await numbers(9).take(2).toArray(), await numbers(3).batch(2).toArray(), await numbers(9).count()]).toEqual([[0, 1], [[0, 1], [2]], 9]);
  });

  test("zip gives rows of streams of the same length", async () => {
    const letters = fromIterable(["a", "b", "c"]);
    expect([await numbers(3).zip(letters, letters).toArray(), await numbers(0).zip(numbers(0)).toArray()]).toEqual([[[0, "a", "a"], [1, "b", "b"], [2, "c", "c"]], []]);
  });

  test("zip gives the rows there are and then fails, naming the stream that ended first", async () => {
    const rows: unknown[] = [];
    const labels = fromIterable(function labels() {
      return feed("a", "b");
    });
    const readings = fromIterable(function readings() {
      return feed(1, 2, 3);
    });
    const zipped = readings.zip(labels).map((row) => void rows.push(row));
    expect([await failure(zipped.toArray()), rows]).toEqual([
      { code: "invalid_argument", message: "zip: labels ended after 2 items, and readings went on; only streams of the same length can be zipped" },
      [[1, "a"], [2, "b"]],
    ]);
  });

  test("zip closes the streams that go on when one ends or fails", async () => {
    const { data, sources } = counted(1, 2, 3, 4);
    const error = new Error("broken");
    expect([
      (await failure(data.zip(numbers(1)).toArray())) !== undefined,
      await failure(data.zip(fromIterable(() => failing(error, 1))).toArray()),
      sources.map(({ opened, closed }) => opened - closed),
    ]).toEqual([true, error, [0, 0]]);
  });

  test("peek gives the first item and closes the source; the next reading begins with it again", async () => {
    const { data, sources } = counted(1, 2);
    expect([await data.peek(), await data.toArray(), sources.map(({ closed }) => closed)]).toEqual([1, [1, 2], [1, 1]]);
  });

  test("peek at nothing is an error that says so", async () => {
    expect(await failure(fromIterable([]).peek())).toEqual({ code: "not_found", message: "items is empty: there is no first item" });
  });

  test("validate gives what the schema makes of the items, and names the one that does not fit", async () => {
    const schema = z.object({ score: z.coerce.number().max(5) });
    const good = fromIterable([{ score: "4" }, { score: 5 }]);
    expect([await good.validate(schema).toArray(), await failure(good.concat(fromIterable([{ score: 6 }])).validate(schema).toArray())]).toEqual([
      [{ score: 4 }, { score: 5 }],
      { code: "invalid_argument", message: expect.stringMatching(/^items \+ items: item 3: score: /) },
    ]);
  });

  test("what cannot be is refused where it is declared", () => {
    const refusals = [
      () => fromIterable(feed(1)),
      () => fromIterable(new ReadableStream()),
      () => numbers(1).shuffle({ seed: -1 }).toArray(),
      () => numbers(1).shuffle({ seed: 1, buffer: 0 }),
      () => numbers(1).split(1.5, { seed: 1 }),
      () => numbers(1).split(0.5, { seed: 0.5 }),
      () => numbers(1).take(-1),
      () => numbers(1).batch(0),
    ];
    expect(refusals.map((refused) => {
      try {
        return refused();
      } catch (error) {
        return StageError.is(error) && error.code;
      }
    })).toEqual(refusals.map(() => "invalid_argument"));
  });
});
