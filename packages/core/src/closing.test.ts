import { feed, microtasks, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, each, forEach, from, map, pipe, take, takeWhile, unary, type Bidi, type Stream } from "./index.js";

const deaf = (): Promise<never> => new Promise(() => {});
const told = async (promise: Promise<unknown> | undefined): Promise<unknown> => Promise.race([Promise.resolve(promise).catch((error: unknown) => ["failed", error]), turns(10).then(() => "pending")]);
const end = { done: true, value: undefined };

/** A stage whose `finally` never comes to its end. */
const stuck: Bidi<number, number> = bidi(async function* stuck(input: Stream<number>) {
  try {
    yield* input;
  } finally {
    await deaf();
  }
});
const failing = map((n: number) => {
  if (n === 2) throw new Error("of the stage");
  return n;
});

const waits: Record<string, (iterator: AsyncIterator<number>) => Promise<unknown> | undefined> = {
  "a return": (iterator) => iterator.return?.(),
  "a throw": (iterator) => iterator.throw?.(new Error("thrown in")),
  "an error": (iterator) => iterator.next(),
};

test.each(Object.entries(waits))("an abort is heard while %s waits for a finally that never ends", async (name, wait) => {
  const controller = new AbortController();
  const iterator = pipe(stuck, failing)(feed(1, 2, 3), { signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  const waiting = wait(iterator);
  expect(await told(waiting)).toBe("pending");
  const read = iterator.next();
  controller.abort("enough");
  const isError = name === "an error";
  const answers = { "a return": end, "a throw": ["failed", new Error("thrown in")], "an error": ["failed", "enough"] };
  expect([await told(waiting), await told(read), await told(iterator.next())]).toEqual([answers[name as keyof typeof answers], isError ? end : ["failed", "enough"], end]);
});

test("an abort is heard while a stage that has taken enough waits for its source to close", async () => {
  const controller = new AbortController();
  const whole = collect(pipe(stuck, take<number>(1))(feed(1, 2), { signal: controller.signal }));
  expect(await told(whole)).toBe("pending");
  controller.abort("enough");
  expect(await told(whole)).toEqual(["failed", "enough"]);
});

test("a run at one go that fails waits for each finally, and no longer once it is aborted", async () => {
  const controller = new AbortController();
  const run = forEach(pipe(stuck, failing)(from([1, 2]), { signal: controller.signal }), () => {});
  expect(await told(run)).toBe("pending");
  controller.abort("enough");
  expect(await told(run)).toEqual(["failed", "enough"]);
});

test("a generator that waits for its input while what is after it wants no more runs its finally", async () => {
  for (const silent of [deaf, () => turns(20)]) {
    const log: string[] = [];
    const watched = bidi(async function* watched(input: Stream<number>) {
      try {
        for await (const n of input) yield n;
      } finally {
        log.push("finally");
      }
    });
    const source = (async function* () {
      yield 1;
      await silent();
      yield 2;
    })();
    expect([await told(collect(pipe(watched, each(unary((n: number) => n), { ahead: 1 }), takeWhile((n: number) => n < 1))(source))), log]).toEqual([[], ["finally"]]);
  }
});

test("after an abort no stage is kept waiting by a source that is deaf, whatever it was doing then", async () => {
  for (let wait = 0; wait < 16; wait++) {
    let finished = 0;
    const slow = bidi(async function* slow(input: Stream<number>) {
      try {
        for await (const n of input) {
          await turns();
          yield n;
        }
      } finally {
        finished++;
      }
    });
    const given = [1, 2];
    const next = async (): Promise<IteratorResult<number>> => (given.length > 0 ? { done: false, value: given.shift() as number } : deaf());
    const source: Stream<number> = { [Symbol.asyncIterator]: () => ({ next, return: deaf }) };
    const controller = new AbortController();
    const iterator = pipe(each(unary((n: number) => n), { ahead: 1 }), slow)(source, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    await turns(8);
    const read = iterator.next();
    await microtasks(wait);
    controller.abort("enough");
    expect([await told(read), await turns(4), finished]).toEqual([["failed", "enough"], undefined, 1]);
  }
});

test("an abort after a return, and a return after an abort, change nothing for reads that come later", async () => {
  const controller = new AbortController();
  const open = (): AsyncIterator<number> => map((n: number) => n)(feed(1, 2, 3), { signal: controller.signal })[Symbol.asyncIterator]();
  const [left, aborted] = [open(), open()];
  await Promise.all([left.next(), aborted.next()]);
  await left.return?.();
  controller.abort("enough");
  await aborted.return?.();
  expect([await told(left.next()), await told(aborted.next())]).toEqual([end, end]);
});
