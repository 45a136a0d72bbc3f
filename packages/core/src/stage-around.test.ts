import { countedAbort, feed, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, each, fork, inputStream, intercept, map, merge, outputStream, pipe, take, unary, type Bidi, type Call, type Stream } from "./index.js";
import { concurrency, timeout } from "./interceptors/index.js";

type Numbers = Bidi<number, number>;
const end = { done: true, value: undefined };
const told = async (promise: Promise<unknown> | undefined, count = 20): Promise<unknown> => Promise.race([Promise.resolve(promise).catch((error: unknown) => ["failed", error]), turns(count).then(() => "pending")]);

/** A source that is slow to close, says when it is through, and may throw then; after so many values it is silent. */
class Source implements Stream<number> {
  isClosing = false;
  isClosed = false;
  readonly #options: { readonly error?: Error; readonly values?: number; readonly slow?: number };
  constructor(options: { readonly error?: Error; readonly values?: number; readonly slow?: number } = {}) {
    this.#options = options;
  }
  [Symbol.asyncIterator](): AsyncIterator<number> {
    const { error, values = Infinity, slow = 3 } = this.#options;
    let n = 0;
    return {
      next: () => (n < values ? Promise.resolve({ done: false, value: ++n }) : new Promise(() => {})),
      return: async () => {
        this.isClosing = true;
        await turns(slow);
        this.isClosed = true;
        if (error) throw error;
        return { done: true, value: undefined };
      },
    };
  }
}

const pass = map((n: number) => n);
const generator = bidi(async function* generator(input: Stream<number>) {
  yield* input;
});
const around: Record<string, (inner: Numbers) => Numbers> = {
  "a stage that gives the stream of another": (inner) => bidi((input: Stream<number>, call) => inner(input, call)),
  "two such stages": (inner) => bidi((input: Stream<number>, call) => bidi((same: Stream<number>, its) => inner(same, its))(input, call)),
  "a generator around another stage": (inner) =>
    bidi(async function* (input: Stream<number>, call) {
      yield* inner(input, call);
    }),
  "a loop in a loop": (inner) => {
    const loop = (within: Numbers): Numbers =>
      bidi(async function* (input: Stream<number>, call: Call) {
        for await (const n of within(input, call)) yield n;
      });
    return loop(loop(inner));
  },
  "a merge of another stage": (inner) => bidi((input: Stream<number>, call) => merge(inner(input, call))),
  "a fork of another stage": (inner) => bidi((input: Stream<number>, call) => merge(...fork<number>(1)(inner(input, call)))),
  "an output-stream stage around another": (inner) =>
    pipe(
      bidi(async function* (input: Stream<number>) {
        yield await Promise.resolve(input);
      }),
      each(outputStream((input: Stream<number>, call) => inner(input, call))),
    ),
  interceptors: (inner) => intercept(inner, timeout({ total: 60_000 }), concurrency({ limit: 1 })),
};
const inner: Record<string, Numbers> = { "a fused stage": pass, "a generator": generator, "a pipe": pipe(pass, generator, pass), "a stage that works ahead": each(unary(async (n: number) => Promise.resolve(n)), { ahead: 1 }) };
const cases = Object.entries(around).flatMap(([how, wrap]) => Object.entries(inner).map(([what, stage]) => ({ how, what, stage: wrap(stage) })));

test.each(cases)("leaving $how, $what, waits for the source's clean-up and tells its error, with a read pending or without", async ({ stage }) => {
  for (const isPending of [false, true]) {
    const error = new Error("of the clean-up");
    const source = new Source({ error });
    const iterator = stage(source)[Symbol.asyncIterator]();
    await iterator.next();
    const read = isPending ? iterator.next() : undefined;
    const left = told(iterator.return?.());
    expect([isPending, await left, source.isClosed]).toEqual([isPending, ["failed", error], true]);
    expect(["pending", await told(read)]).not.toEqual(["pending", "pending"]);
    expect(await told(iterator.next())).toEqual(end);
  }
});

test.each(cases)("leaving $how, $what, before the first read opens nothing and waits for nothing", async ({ stage }) => {
  const source = new Source({ error: new Error("never opened") });
  const iterator = stage(source)[Symbol.asyncIterator]();
  expect([await told(iterator.return?.(), 2), await told(iterator.next()), source.isClosing]).toEqual([end, end, false]);
});

/** A stage that gives one value and then awaits a promise which only the signal ends. */
const blocked = (heard: unknown[]): Numbers =>
  bidi(async function* blocked(_: Stream<number>, { signal }: Call) {
    yield 1;
    await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        heard.push(signal.reason);
        reject(signal.reason);
      });
    });
  });

test.each(Object.entries(around))("leaving %s is heard at once by what awaits a promise, and not held up by what is deaf", async (_, wrap) => {
  const heard: unknown[] = [];
  for (const stage of [wrap(blocked(heard)), wrap(pass)]) {
    const iterator = stage(new Source({ values: 1, slow: 1000 }))[Symbol.asyncIterator]();
    const read = iterator.next().then(() => iterator.next());
    await turns(2);
    expect([await told(iterator.return?.(), 3), await told(read, 1)]).toEqual([end, end]);
  }
  expect(heard).toMatchObject([{ code: "canceled", message: "the consumer stopped reading" }]);
});

test.each(Object.entries(around))("an abort of %s is told within a turn, reaches the source at once, and leaves no listener", async (_, wrap) => {
  for (const isPending of [false, true]) {
    const abort = countedAbort();
    const source = new Source({ error: new Error("of the clean-up") });
    const iterator = wrap(pass)(source, { signal: abort.signal })[Symbol.asyncIterator]();
    await iterator.next();
    let read = isPending ? iterator.next() : undefined;
    abort.abort("enough");
    read ??= iterator.next();
    expect([await told(read, 2), source.isClosing, source.isClosed]).toEqual([["failed", "enough"], true, false]);
    expect([await told(iterator.next()), abort.listeners]).toEqual([end, 0]);
  }
});

test.each(Object.entries(around))("who leaves %s after an abort waits for the source's clean-up, too", async (_, wrap) => {
  const controller = new AbortController();
  const source = new Source();
  const iterator = wrap(pass)(source, { signal: controller.signal })[Symbol.asyncIterator]();
  await iterator.next();
  const read = iterator.next();
  controller.abort("enough");
  expect(await told(read, 2)).toEqual(["failed", "enough"]);
  expect([await told(iterator.return?.()), source.isClosed]).toEqual([end, true]);
});

test.each(Object.entries(around))("leaving, or a failure after it, does not hurry %s whose source is being closed already; an abort does", async (_, wrap) => {
  const open = (source: Source, signal?: AbortSignal): AsyncIterator<number> => pipe(wrap(pass), take<number>(1))(source, { ...(signal && { signal }) })[Symbol.asyncIterator]();
  for (const isPending of [false, true]) {
    const left = new Source({ error: new Error("of the clean-up") });
    const iterator = open(left);
    await iterator.next();
    const read = isPending ? told(iterator.next()) : undefined;
    await turns();
    expect([await told(iterator.return?.()), left.isClosed]).toEqual([["failed", new Error("of the clean-up")], true]);
    await read;
  }
  const failed = new Source();
  const fail = (): never => {
    throw new Error("of a later stage");
  };
  expect([await told(collect(pipe(wrap(pass), take<number>(1), map(fail))(failed))), failed.isClosed]).toEqual([["failed", new Error("of a later stage")], true]);
  const controller = new AbortController();
  const stuck = open(new Source({ slow: 1000 }), controller.signal);
  await stuck.next();
  const returned = stuck.return?.();
  expect(await told(returned)).toBe("pending");
  controller.abort("enough");
  expect(await told(returned, 2)).toEqual(end);
});

test("leaving waits for the clean-up of each run that a stage has begun, in every mode, and tells an error of one", async () => {
  const whole = inputStream(async (input: Stream<number>) => collect(input));
  const one = unary(async (input: Stream<number>, call: Call) => whole(input, call));
  const runs: Record<string, (inputs: Source[], call: Call) => Promise<unknown>> = {
    "input-stream": async (inputs, call) => Promise.all(inputs.map((input) => whole(input, call))),
    unary: async (inputs, call) => Promise.all(inputs.map((input) => one(input, call))),
    "output-stream": async (inputs, call) => Promise.all(inputs.map((input) => collect(outputStream((same: Stream<number>, its) => pass(same, its))(input, call)))),
  };
  for (const [mode, run] of Object.entries(runs)) {
    const inputs = [new Source({ error: new Error("of the second"), slow: 1 }), new Source({ slow: 4 })];
    const stage = bidi(async function* (_: Stream<number>, call: Call) {
      yield 0;
      yield run(inputs, call);
    });
    const iterator = stage(feed())[Symbol.asyncIterator]();
    await iterator.next();
    const read = iterator.next();
    expect([mode, await told(iterator.return?.()), inputs.map(({ isClosed }) => isClosed), await told(read)]).toEqual([mode, ["failed", new Error("of the second")], [true, true], end]);
  }
});
