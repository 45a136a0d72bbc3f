import { MessageChannel, type Worker } from "node:worker_threads";
import { countedAbort, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Stages } from "./fixtures/worker-stages.js";
import { ports, startWorker } from "./fixtures/worker-start.js";
import { bidi, collect, inputStream, map, outputStream, pipe, StageError, unary, type Stream } from "./index.js";
import { createPubSub } from "./pub-sub-local.js";
import { bridge, serveStages, workerStage, type WorkerPort } from "./worker.js";

const workers: Worker[] = [];
afterAll(() => Promise.all(workers.map((one) => one.terminate())));

function start(): Worker {
  const one = startWorker();
  workers.push(one);
  return one;
}

const worker = start();

/** A stage of the worker. */
function remote<Name extends keyof Stages>(name: Name, mode: Stages[Name]["mode"], options?: Parameters<typeof workerStage>[3]) {
  return workerStage<Stages[Name]>(worker, name, mode, options);
}

async function* silentAfter(word: string): Stream<string> {
  yield word;
  await new Promise(() => {});
}

const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

stageLaws("a unary stage in a worker", { stage: () => remote("shout", "unary"), input: ["a"], output: ["A"], hanging: () => remote("deaf", "unary"), soon: 200 });
stageLaws("an output-stream stage in a worker", { stage: () => remote("letters", "output-stream"), input: ["abc"], output: ["a", "b", "c"], hanging: () => remote("deafLetters", "output-stream"), soon: 200 });
stageLaws("an input-stream stage in a worker", { stage: () => remote("join", "input-stream"), input: ["a", "b"], output: ["ab"], soon: 200 });
stageLaws("a bidi stage in a worker", { stage: () => remote("exclaim", "bidi"), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], soon: 200 });
stageLaws("a bidi stage in a worker that may be ahead", { stage: () => remote("exclaim", "bidi", { ahead: 4 }), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], readsAhead: 5, soon: 200 });

test("it takes its place in a pipeline, with its types and mode", async () => {
  const stage = pipe(remote("letters", "output-stream"), remote("exclaim", "bidi"), map((word: string) => word.toUpperCase()), remote("join", "input-stream"));
  const joined: string = await stage("abc");
  expect([stage.mode, joined]).toEqual(["unary", "A!B!C!"]);
  // @ts-expect-error the mode is that of the stage
  expect(await outcome(collect(workerStage<Stages["shout"]>(worker, "shout", "output-stream")("a")))).toEqual(["invalid_argument", undefined, "worker: shout is unary, not output-stream"]);
});

test("leaving runs every finally there before the consumer goes on, and abort is heard", async () => {
  const watched = remote("watched", "output-stream");
  for await (const n of watched(5)) if (n === 1) break;
  expect(await remote("log", "unary")("")).toEqual(["signal", "finally"]);
  const abort = countedAbort();
  const iterator = watched(5, { signal: abort.signal })[Symbol.asyncIterator]();
  await iterator.next();
  abort.abort(new Error("enough"));
  await expect(iterator.next()).rejects.toThrow("enough");
  expect([await remote("log", "unary")(""), abort.listeners]).toEqual([["signal", "finally"], 0]);
});

test("a stage that ends its input early closes the source here, and goes on", async () => {
  const source = tracked(hang("a", "b"));
  const iterator = remote("firstOf", "bidi")(source)[Symbol.asyncIterator]();
  expect([await iterator.next(), await iterator.next(), source.closed, await iterator.next()]).toMatchObject([{ value: "a" }, { value: "end" }, 1, { done: true }]);
});

test("errors arrive with code, reason and message and without their cause", async () => {
  const error = await remote("failing", "unary")("a").catch((caught: unknown) => caught);
  expect([error instanceof StageError, { ...(error as StageError) }, (error as StageError).message, (error as StageError).cause]).toEqual([true, { code: "resource_exhausted", reason: "rate-limit", retryAfter: 10, stage: undefined }, "no a", undefined]);
});

test("a name that is not served, and a value that cannot be sent either way, are refused", async () => {
  const missing = workerStage<Stages["shout"]>(worker, "toString", "unary");
  expect(await outcome(missing("a"))).toMatchObject(["not_found", undefined, expect.stringContaining("no stage toString is served; there are shout, letters")]);
  const refused = ["invalid_argument", undefined, "worker: the value cannot be sent to another thread; send plain data"];
  expect([await outcome(remote("shout", "unary")((() => {}) as never)), await outcome(remote("notPlain", "unary")(""))]).toEqual([refused, refused]);
});

test("buffers are handed over where transfer names them", async () => {
  const numbers = new Float64Array([1, 2, 3]);
  const answer = await remote("sum", "unary", { transfer: (value) => [(value as Float64Array<ArrayBuffer>).buffer] })(numbers);
  expect([answer.sum, [...answer.numbers], numbers.length]).toEqual([6, [1, 2, 3], 0]);
});

test("many calls at once share the port, and afterwards nobody listens", async () => {
  const words = Array.from({ length: 50 }, (_, n) => `word ${n}`);
  expect(await Promise.all(words.map((word) => remote("shout", "unary")(word)))).toEqual(words.map((word) => word.toUpperCase()));
  expect(["message", "error", "messageerror"].map((event) => worker.listenerCount(event))).toEqual([0, 0, 0]);
});

test("a worker that exits or crashes fails the calls that run, and later ones, as unavailable and truncated", async () => {
  for (const name of ["exit", "crash"] as const) {
    const dying = start();
    const source = tracked(silentAfter("x"));
    const stages = [workerStage<Stages["exit"]>(dying, name, "output-stream")("a"), workerStage<Stages["exclaim"]>(dying, "exclaim", "bidi")(source)];
    const gone = new Promise((resolve) => void dying.on("exit", resolve));
    const got = await Promise.all(stages.map(async (stream) => {
      const heard: string[] = [];
      const failure = await outcome((async () => {
        for await (const word of stream) heard.push(word);
      })());
      return [heard, (failure as string[]).slice(0, 2)];
    }));
    await gone;
    const later = await outcome(workerStage<Stages["shout"]>(dying, "shout", "unary")("a"));
    expect([got, (later as string[]).slice(0, 2), source.closed]).toEqual([[[["a"], ["unavailable", "truncated"]], [["x!"], ["unavailable", "truncated"]]], ["unavailable", "truncated"], 1]);
  }
});

test("both ends of a port may serve and call, and closing what is served ends its calls", async () => {
  const { here, there, close } = ports();
  const up = unary((word: string) => word.toUpperCase());
  const down = outputStream(async function* down(word: string) {
    yield word.toLowerCase();
    await new Promise(() => {});
  });
  serveStages(here, { up });
  const served = serveStages(there, { down });
  expect(() => serveStages(there, { up })).toThrow("already");
  expect(() => serveStages(there, { bad: (() => {}) as unknown as typeof up })).toThrow("is not a stage");
  const stream = workerStage<typeof down>(here, "down", "output-stream")("ABC")[Symbol.asyncIterator]();
  expect([await workerStage<typeof up>(there, "up", "unary")("abc"), await stream.next()]).toEqual(["ABC", { done: false, value: "abc" }]);
  const pending = outcome(stream.next());
  await served.close();
  expect(((await pending) as string[]).slice(0, 2)).toEqual(["unavailable", "truncated"]);
  close();
});

test("the ports of browsers work too: they give events and have to be started", async () => {
  const { port1, port2 } = new MessageChannel();
  const likeBrowser = (port: typeof port1): WorkerPort => {
    const listeners = new Map<unknown, (value: unknown) => void>();
    return {
      postMessage: (message, transfer) => port.postMessage(message, transfer),
      addEventListener(event: string, listener: (event: { data: unknown }) => void) {
        const give = (data: unknown): void => listener({ data });
        listeners.set(listener, give);
        port.addListener(event, give);
      },
      removeEventListener: (event: string, listener: unknown) => void port.removeListener(event, listeners.get(listener) ?? (() => {})),
      start: () => port.start(),
    };
  };
  const joined = inputStream(async (words: Stream<string>) => (await collect(words)).join("-"));
  serveStages(likeBrowser(port1), { joined });
  expect(await workerStage<typeof joined>(likeBrowser(port2), "joined", "input-stream")(feed("a", "b"))).toBe("a-b");
  port1.close();
});

test("the ports of browsers and of Node are worker ports", () => {
  const accepts = (_port: WorkerPort): void => {};
  const types = (scope: globalThis.MessagePort, browser: globalThis.Worker, node: Worker, port: InstanceType<typeof MessageChannel>["port1"]): void => {
    accepts(scope);
    accepts(browser);
    accepts(node);
    accepts(port);
  };
  expect(types).toBeTypeOf("function");
});

test("whatever is ahead on either side, and wherever the reader leaves, values arrive once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(12), fc.nat(3), fc.nat(3), fc.nat(14), async (count, aheadThere, aheadHere, leaveAt) => {
      const { here, there, close } = ports();
      const pairs = bidi(async function* pairs(input: Stream<number>) {
        for await (const n of input) if (n % 3 !== 2) yield* [n, -n];
      });
      serveStages(there, { pairs }, { ahead: aheadThere });
      const numbers = Array.from({ length: count }, (_, n) => n + 1);
      const source = tracked(feed(...numbers));
      const got: number[] = [];
      for await (const n of workerStage<typeof pairs>(here, "pairs", "bidi", { ahead: aheadHere })(source)) if (got.push(n) > leaveAt) break;
      close();
      expect([got, source.closed]).toEqual([numbers.flatMap((n) => (n % 3 === 2 ? [] : [n, -n])).slice(0, leaveAt + 1), 1]);
    }),
    { numRuns: 50 },
  );
});

test("ahead must be a whole number from 0 on, wherever it is given", () => {
  const { here, close } = ports();
  const options = { ahead: -1 };
  const bus = createPubSub<object>({ onError: () => {} });
  for (const use of [() => workerStage(here, "a", "bidi", options), () => serveStages(here, {}, options), () => bridge(bus, here, { ...options, onError: () => {} })]) expect(use).toThrow("whole number from 0 on");
  close();
});

test("a caller that is gone cancels what it called", async () => {
  const { here, there, close } = ports();
  let isClosed = false;
  const endless = outputStream(async function* endless(n: number) {
    try {
      for (;;) yield n;
    } finally {
      isClosed = true;
    }
  });
  serveStages(there, { endless });
  const stream = workerStage<typeof endless>(here, "endless", "output-stream")(1)[Symbol.asyncIterator]();
  await stream.next();
  close();
  await turns(5);
  expect([isClosed, ((await outcome(stream.next())) as string[]).slice(0, 2)]).toEqual([true, ["unavailable", "truncated"]]);
});

test("a stage there is held to the pace of its reader, and its source to its own", async () => {
  const { here, there, close } = ports();
  const same = bidi((input: Stream<number>) => input);
  serveStages(there, { same });
  for (const ahead of [0, 3]) {
    const source = tracked(feed(...Array.from({ length: 20 }, (_, n) => n)));
    const reader = workerStage<typeof same>(here, "same", "bidi", { ahead })(source)[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 0 });
    await turns(10);
    expect(source.pulled).toBe(1 + ahead);
    await reader.return?.();
    expect(source.closed).toBe(1);
  }
  close();
});
