import { createHook } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { countedAbort, hang } from "@iftk/testing";
import { expect, test } from "vitest";
import { batch, bidi, buffer, drop, each, filter, flatMap, forEach, fork, from, map, merge, outputStream, pipe, scan, take, tap, unary, zip, type Bidi, type Stream } from "./index.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

async function heapUsed(): Promise<number> {
  await turn();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function* numbers(count: number): Generator<number, void, undefined> {
  for (let n = 0; n < count; n++) yield n;
}

async function* asyncNumbers(count: number): AsyncGenerator<number, void, undefined> {
  yield* numbers(count);
}

const passOn = bidi(async function* passOn(input: Stream<number>) {
  yield* input;
});
const tenFused = pipe(map((n: number) => n + 1), filter(() => true), scan((_: number, n: number) => n, 0), tap(() => {}), flatMap((n: number) => [n]), drop(0), batch(1), flatMap((ns: readonly number[]) => ns), map((n: number) => n), take(Number.MAX_SAFE_INTEGER));
const tenMixed = pipe(map((n: number) => n + 1), passOn, each(unary((n: number) => n), { ahead: 1 }), filter(() => true), buffer({ size: 4 }), each(unary(async (n: number) => Promise.resolve(n))), bidi((input: Stream<number>) => merge(...fork<number>(1)(input))), pipe(bidi((input: Stream<number>) => zip(input)), map(([n]: [number]) => n)), flatMap((n: number) => from([n])), map((n: number) => n));

const longRuns: Record<string, readonly [number, Bidi<number, number>, (count: number) => Stream<number>]> = {
  "a million through ten fused stages": [1_000_000, tenFused, (count) => from(numbers(count))],
  "a million through ten fused stages, from an async source": [1_000_000, tenFused, asyncNumbers],
  "a hundred thousand through ten stages of all kinds": [100_000, tenMixed, asyncNumbers],
};

test.each(Object.entries(longRuns))("the heap is flat over %s, with the caller's signal alive all the time", async (_, [count, stage, source]) => {
  const abort = countedAbort();
  const samples: number[] = [];
  let seen = 0;
  await forEach(stage(source(count), { signal: abort.signal }), (n) => {
    if (++seen % (count / 5) === 0) return heapUsed().then((used) => void samples.push(used));
    return n < 0;
  });
  const [first = 0, ...later] = samples;
  expect([seen, abort.listeners, later.map((used) => used - first < 500_000)]).toEqual([count, 0, [true, true, true, true]]);
});

test("the heap is flat over long for-await loops", async () => {
  const samples: number[] = [];
  let seen = 0;
  for await (const n of tenFused(from(numbers(500_000)))) {
    seen += n > 0 ? 1 : 0;
    if (seen % 100_000 === 0) samples.push(await heapUsed());
  }
  expect([seen, samples.slice(1).map((used) => used - (samples[0] ?? 0) < 500_000)]).toEqual([500_000, [true, true, true, true]]);
});

/** The promises that were made since, and are neither settled nor collected. */
class PromiseCount {
  readonly #pending = new Set<number>();
  readonly #hook = createHook({
    init: (id, type) => void (type === "PROMISE" && this.#pending.add(id)),
    promiseResolve: (id) => void this.#pending.delete(id),
    destroy: (id) => void this.#pending.delete(id),
  }).enable();

  get pending(): number {
    return this.#pending.size;
  }

  stop(): void {
    this.#hook.disable();
  }
}

/** Turns, and collections of what nobody holds, until the count is small, or so often that it will not be. */
async function settledTo(most: number, count: () => number): Promise<number> {
  for (let round = 0; round < 40 && count() > most; round++) {
    await turn();
    collectGarbage();
  }
  return count();
}

test("the count of promises sees one that is held, and forgets one that nobody holds", async () => {
  const promises = new PromiseCount();
  const held = Array.from({ length: 200 }, deaf);
  for (let made = 0; made < 200; made++) void deaf();
  const pending = await settledTo(0, () => promises.pending);
  promises.stop();
  expect([pending >= held.length, pending < held.length + 20]).toEqual([true, true]);
});

const deaf = (): Promise<never> => new Promise(() => {});
const silent: Record<string, (signal: AbortSignal) => Stream<number>> = {
  "fused stages over a silent source": (signal) => pipe(map((n: number) => n), filter(() => true))(hang(1), { signal }),
  "a generator over a silent source": (signal) => pipe(passOn, map((n: number) => n), passOn)(hang(1), { signal }),
  "a stage that never answers": (signal) => each(unary(async (n: number) => (n > 0 ? deaf() : n)))(from([0, 1]), { signal }),
  "a stage that works ahead": (signal) => each(unary(async (n: number) => (n > 0 ? deaf() : n)), { ahead: 3 })(from([0, 1, 2, 3, 4]), { signal }),
  "a stream within a stream": (signal) => pipe(flatMap(() => hang(1)), each(outputStream((n: number) => hang(n))))(from([1]), { signal }),
  "a buffer, a merge and a fork": (signal) => pipe(buffer<number>({ size: 2 }), bidi((input: Stream<number>) => merge(hang<number>(), ...fork<number>(2)(input))))(hang(1), { signal }),
};

const exits: Record<string, (stream: Stream<number>, abort: () => void) => Promise<unknown>> = {
  async "aborted while a read is pending"(stream, abort) {
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const read = iterator.next().catch(() => {});
    await turn();
    abort();
    return read;
  },
  async "aborted before the first read"(stream, abort) {
    abort();
    return stream[Symbol.asyncIterator]().next().catch(() => {});
  },
  async "left while a read is pending"(stream) {
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const read = iterator.next();
    await turn();
    await iterator.return?.();
    return read;
  },
  async "left before the first read"(stream) {
    return stream[Symbol.asyncIterator]().return?.();
  },
};

const cases = Object.entries(silent).flatMap(([name, make]) => Object.entries(exits).map(([exit, leave]) => ({ name, make, exit, leave })));
const runs = Math.ceil(10_000 / Object.keys(silent).length / 2);

test.each(cases)(`of ${runs} pipelines $exit no listener, timer or promise is left: $name`, async ({ make, leave }) => {
  const shared = countedAbort();
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate").length;
  await settledTo(0, timers);
  const before = timers();
  const promises = new PromiseCount();
  const own: number[] = [];
  for (let done = 0; done < runs; done += 50) {
    await Promise.all(Array.from({ length: Math.min(50, runs - done) }, async () => {
      const abort = countedAbort();
      const follow = (): void => abort.abort("enough");
      shared.signal.addEventListener("abort", follow);
      await leave(make(abort.signal), follow);
      shared.signal.removeEventListener("abort", follow);
      own.push(abort.listeners);
    }));
  }
  const pending = await settledTo(20, () => promises.pending);
  promises.stop();
  await settledTo(before, timers);
  expect({ runs: own.length, listeners: own.filter((count) => count > 0).length, shared: shared.listeners, timers: timers() <= before, promises: pending <= 20 }).toEqual({ runs, listeners: 0, shared: 0, timers: true, promises: true });
});

test("10,000 short runs under one signal that lives on leave it with no listener, and the heap as it was", async () => {
  const abort = countedAbort();
  const ask = unary(async (n: number) => Promise.resolve(n));
  const pipeline = pipe(map((n: number) => n), passOn, each(ask), take(2));
  const run = async (): Promise<void> => {
    for (let count = 0; count < 2000; count++) {
      await ask(count, { signal: abort.signal });
      for await (const n of pipeline(from([1, 2, 3]), { signal: abort.signal })) if (n === count % 3) break;
    }
  };
  await run();
  const early = await heapUsed();
  for (let round = 0; round < 4; round++) await run();
  expect([abort.listeners, (await heapUsed()) - early < 500_000]).toEqual([0, true]);
});
