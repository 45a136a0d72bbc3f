import { MessageChannel, Worker } from "node:worker_threads";
import { countedAbort, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { afterAll, expect, test } from "vitest";
import type { Event, Stages } from "./fixtures/worker-stages.js";
import { bidi, collect, inputStream, map, outputStream, pipe, StageError, unary, type Stream } from "./index.js";
import { createPubSub } from "./pub-sub-local.js";
import { bridge, serveStages, workerStage, type WorkerPort } from "./worker.js";

/** Lets a worker read TypeScript sources under the names that their builds have. */
const loader = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ resolve: (name, context, next) => next(/^\\..*\\.js$/.test(name) ? name.replace(/js$/, "ts") : name, context) });
`)}`;

const workers: Worker[] = [];
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

function startWorker(): Worker {
  const worker = new Worker(new URL("fixtures/worker-stages.ts", import.meta.url), { execArgv: ["--import", loader, "--disable-warning=ExperimentalWarning"] });
  workers.push(worker);
  return worker;
}

const worker = startWorker();

/** A stage of the worker. */
function remote<Name extends keyof Stages>(name: Name, mode: Stages[Name]["mode"], options?: Parameters<typeof workerStage>[3]) {
  return workerStage<Stages[Name]>(worker, name, mode, options);
}

async function* silentAfter(word: string): Stream<string> {
  yield word;
  await new Promise(() => {});
}

const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

stageLaws("a unary stage in a worker", { stage: () => remote("shout", "unary"), input: ["a"], output: ["A"], hanging: () => remote("deaf", "unary") });
stageLaws("an output-stream stage in a worker", { stage: () => remote("letters", "output-stream"), input: ["abc"], output: ["a", "b", "c"], hanging: () => remote("deafLetters", "output-stream") });
stageLaws("an input-stream stage in a worker", { stage: () => remote("join", "input-stream"), input: ["a", "b"], output: ["ab"] });
stageLaws("a bidi stage in a worker", { stage: () => remote("exclaim", "bidi"), input: ["a", "b", "c"], output: ["a!", "b!", "c!"] });
stageLaws("a bidi stage in a worker that may be ahead", { stage: () => remote("exclaim", "bidi", { ahead: 4 }), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], readsAhead: 5 });

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
    const dying = startWorker();
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

/** Both ends of a channel in one thread. */
function ports(): { readonly here: WorkerPort; readonly there: WorkerPort; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  return { here: port1, there: port2, close: () => port1.close() };
}

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

test("ahead must be a whole number from 0 on, wherever it is given", () => {
  const { here, close } = ports();
  const options = { ahead: -1 };
  const bus = createPubSub<Event>({ onError: () => {} });
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

test("what is published in a worker reaches subscribers here, and the other way round, and nothing goes in a circle", async () => {
  const errors: unknown[] = [];
  const bus = createPubSub<Event>({ onError: (error) => errors.push(error) });
  const bridged = bridge(bus, worker, { name: "tests", onError: (error) => errors.push(error) });
  const pongs = bus.subscribe("pong");
  const all = bus.subscribe();
  for (const n of [1, 2, 3]) void bus.publish({ type: "ping", n });
  const heard: Event[] = [];
  for await (const event of pongs) if (heard.push(event) === 3) break;
  await turns(5);
  await bridged.close();
  await bus.shutdown();
  expect([heard, (await collect(all)).length, errors, worker.listenerCount("message")]).toEqual([[1, 2, 3].map((n) => ({ type: "pong", n })), 6, [], 0]);
});

test("a slow subscriber beyond a bridge holds up the publisher here, and a bus that is shut down ends the bridge", async () => {
  const { here, there, close } = ports();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const [one, two] = [createPubSub<Event>({ onError }), createPubSub<Event>({ onError })];
  const slow = two.subscribe("ping", { size: 1 });
  const bridges = [bridge(one, here, { ahead: 0, sends: "ping", onError }), bridge(two, there, { ahead: 0, sends: [], onError })];
  let published = 0;
  const publishing = (async () => {
    for (let n = 0; n < 100; n++) {
      await one.publish({ type: "ping", n });
      published++;
    }
  })();
  await turns(20);
  expect(published).toBeLessThan(70);
  const heard: number[] = [];
  for await (const { n } of slow) if (heard.push(n) === 100) break;
  await publishing;
  await one.shutdown();
  await Promise.all(bridges.map((one_) => one_.close()));
  expect([heard, errors]).toEqual([Array.from({ length: 100 }, (_, n) => n), []]);
  close();
});
