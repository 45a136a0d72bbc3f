import { feed, hang, turns, virtualClock } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, callValue, collect, each, filter, flatMap, forEach, inputStream, map, outputStream, pipe, StageError, unary, type Call, type Stream } from "./index.js";

const never = (): Promise<never> => new Promise(() => {});
const codeOf = (error: unknown): unknown => (StageError.is(error) ? error.code : error);

const stages: Record<string, (input: Stream<number>, call: Partial<Call>) => Stream<number>> = {
  fused: pipe(map((n: number) => n), filter(() => true)),
  "a generator": bidi(async function* (input: Stream<number>) {
    yield* input;
  }),
  "each, ahead": each(unary((n: number) => n), { ahead: 2 }),
  "each of a stage that gives streams": each(outputStream((n: number) => feed(n))),
  "a pipe of all": pipe(map((n: number) => n), bidi(async function* (input: Stream<number>) { yield* input; }), each(pipe(unary(async (n: number) => Promise.resolve(n)), outputStream((n: number) => feed(n))))),
};

test.each(Object.entries(stages))("a call that lasts until its deadline is aborted with deadline_exceeded: %s", async (_, stage) => {
  using clock = virtualClock({ epoch: 1_000_000 }).install();
  const iterator = stage(hang(1), { deadline: 1_000_050 })[Symbol.asyncIterator]();
  const values = [await iterator.next()];
  const read = iterator.next().catch(codeOf);
  let at: number | undefined;
  void read.then(() => (at = clock.now));
  await clock.advance(49);
  expect([values, at, clock.timers > 0]).toEqual([[{ done: false, value: 1 }], undefined, true]);
  await clock.advance(1);
  expect([await read, at, await iterator.next(), clock.timers]).toEqual(["deadline_exceeded", 50, { done: true, value: undefined }, 0]);
});

const exits: Record<string, (stream: Stream<number>, abort: () => void) => Promise<unknown>> = {
  "the end": (stream) => collect(stream),
  async "break"(stream) {
    for await (const value of stream) if (value === 2) break;
  },
  "an error of the consumer": (stream) =>
    forEach(stream, () => {
      throw new Error("x");
    }).catch(() => {}),
  async "throw"(stream) {
    const iterator = stream[Symbol.asyncIterator]() as AsyncIterableIterator<number>;
    await iterator.next();
    await iterator.throw?.(new Error("x")).catch(() => {});
  },
  async "abort"(stream, abort) {
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    abort();
    await iterator.next().catch(() => {});
  },
  async "an abort before the first read"(stream, abort) {
    abort();
    await collect(stream).catch(() => {});
  },
  async "return before the first read"(stream) {
    await stream[Symbol.asyncIterator]().return?.();
  },
};

test.each(Object.entries(stages).flatMap(([name, stage]) => Object.entries(exits).map(([exit, leave]) => ({ name, stage, exit, leave }))))("the timer of the deadline is cleared on $exit: $name", async ({ stage, leave }) => {
  using clock = virtualClock().install();
  const abort = new AbortController();
  await leave(stage(feed(1, 2, 3), { deadline: 60_000, signal: abort.signal }), () => abort.abort());
  await turns(3);
  expect(clock.timers).toBe(0);
});

test("an error of the source, and one of a stage, clear the timer", async () => {
  using clock = virtualClock().install();
  const fail = (): never => {
    throw new Error("x");
  };
  await collect(map(fail)(feed(1), { deadline: 1000 })).catch(() => {});
  await collect(map((n: number) => n)((async function* () { yield await Promise.reject<number>(new Error("x")); })(), { deadline: 1000 })).catch(() => {});
  await inputStream(fail)(feed(1), { deadline: 1000 }).catch(() => {});
  expect(clock.timers).toBe(0);
});

test("a deadline that has passed aborts the call before its source is opened", async () => {
  using clock = virtualClock({ epoch: 5000 }).install();
  let opened = 0;
  const source = { [Symbol.asyncIterator]: () => (opened++, feed(1)[Symbol.asyncIterator]()) };
  expect([await collect(map((n: number) => n)(source, { deadline: 5000 })).catch(codeOf), opened, clock.timers]).toEqual(["deadline_exceeded", 0, 0]);
});

test("a deadline further away than a timer reaches, or none at all, ends nothing", async () => {
  using clock = virtualClock().install();
  for (const deadline of [2 ** 31 + 1000, 2 ** 40, Infinity, undefined]) {
    const iterator = map((n: number) => n)(hang(1), { deadline })[Symbol.asyncIterator]();
    await iterator.next();
    let answer: unknown = "pending";
    void iterator.next().then((result) => (answer = result), (error: unknown) => (answer = error));
    await clock.advance(2 ** 31 - 1);
    expect(answer).toBe("pending");
    await iterator.return?.();
  }
  expect(clock.timers).toBe(0);
});

test("the deadline and the values of a call reach every stage, however deep", async () => {
  const user = callValue<string>();
  const trace = callValue<number>();
  const seen: unknown[] = [];
  const note = (where: string, call: Call): void => void seen.push([where, user.of(call), trace.of(call), call.deadline]);
  const inner = unary((n: number, call) => (note("inner", call), n));
  const nested = outputStream(async function* nested(n: number, call) {
    note("nested", call);
    yield await inner(n, { ...call, signal: call.signal, deadline: call.deadline, values: trace.in(7, call) });
    yield* pipe(inner, map((m: number) => m))(n, call);
  });
  const outer = bidi(async function* outer(input: Stream<number>, call) {
    note("outer", call);
    yield* input;
  });
  const deadline = Date.now() + 60_000;
  await pipe(outer, each(nested), each(inner, { ahead: 1 }), inputStream(async (input: Stream<number>, call) => (note("joined", call), (await collect(input)).length)))(feed(1), { deadline, values: user.in("ada") });
  const is = (where: string, of?: number): unknown => [where, "ada", of, deadline];
  expect(seen).toEqual([is("joined"), is("outer"), is("nested"), is("inner", 7), is("inner"), is("inner"), is("inner")]);
});

test("a value that rides along is seen by the calls it was made for, and by no others", () => {
  const [one, two] = [callValue<string>(), callValue<string>()];
  const values = two.in("b", { values: one.in("a") });
  const call = { values };
  expect([one.of(call), two.of(call), one.of({ values: one.in("c", call) }), one.of(call), one.of({}), two.of({ values: one.in("a") })]).toEqual(["a", "b", "c", "a", undefined, undefined]);
});

test("the signal of a stage has fired when the deadline passes, with the error that the consumer gets", async () => {
  using clock = virtualClock().install();
  let reason: unknown;
  const ask = unary(async (_: number, { signal }) => {
    signal.addEventListener("abort", () => void (reason = signal.reason as unknown));
    return never();
  });
  const answer = pipe(ask, flatMap((n: number) => [n]))(1, { deadline: 10 });
  const error = collect(answer).catch((cause: unknown) => cause);
  await clock.advance(10);
  expect([await error, codeOf(reason)]).toEqual([reason, "deadline_exceeded"]);
});
