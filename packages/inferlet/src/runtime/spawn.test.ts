import { collect, outputStream, pipe, StageError, take, type Stream } from "@iftk/core";
import { countedAbort, feed, hang, stageLaws, tracked } from "@iftk/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createMessaging } from "../messaging/create-messaging.js";
import { testRuntime, testThreads } from "./fixtures/test-runtime.js";

const runtime = testRuntime();
afterAll(() => runtime.close());

const outcome = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

/** What a stream gives, and how it ends. */
async function heardOf(stream: Stream<unknown>): Promise<readonly [unknown[], unknown]> {
  const heard: unknown[] = [];
  const end = await outcome((async () => {
    for await (const value of stream) heard.push(value);
    return "end";
  })());
  return [heard, end];
}

// The law of leaks leaves within five turns of the event loop, and a thread may take longer to run its `finally` blocks: below, leaks are looked for after leaving.
stageLaws("a program in a thread", { without: ["leaks"], stage: () => runtime.spawnStage("program"), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], patience: 1e6, soon: 1e6, isReleased: () => runtime.running === 0 });

describe("spawn", () => {
  test("gives the value of a program, for its arguments", async () => {
    expect([await runtime.spawn("add@^1.0", { a: 1, b: 2 }), await runtime.spawn("program", undefined, { input: feed("a") })]).toEqual([3, "done"]);
  });

  test("gives on what a program sends, at the pace of the one who takes it", async () => {
    const log: string[] = [];
    const source = tracked(feed("a", "b"));
    const onSend = async (message: unknown): Promise<void> => {
      log.push(`${String(message)} of ${source.pulled}`);
      await new Promise<void>((resolve) => void setImmediate(resolve));
    };
    await runtime.spawn("program", undefined, { input: source, onSend });
    expect(log).toEqual(["a! of 1", "b! of 2"]);
  });

  test("gives its error with code, reason and message, and not its cause", async () => {
    const error = await runtime.spawn("failing", "stage-error").catch((caught: unknown) => caught as StageError);
    expect([StageError.is(error), { ...(error as object) }, (error as StageError).cause]).toEqual([true, { code: "resource_exhausted", reason: "rate-limit", retryAfter: 10, stage: undefined }, undefined]);
    expect([await outcome(runtime.spawn("failing", "error")), await outcome(runtime.spawn("failing", "unavailable"))]).toEqual([["unknown", undefined, "not so"], ["unavailable", "rate-limit", "no more"]]);
  });

  test("refuses what is not there, what is no program, and what cannot be sent", async () => {
    const refused = await Promise.all(
      [runtime.spawn("other"), runtime.spawn("add@2"), runtime.spawn("add@?"), runtime.spawn("bad"), runtime.spawn("missing"), runtime.spawn("nowhere"), runtime.spawn("add", () => {}), runtime.spawn("notPlain")].map(outcome),
    );
    expect(refused).toEqual([
      ["not_found", undefined, expect.stringMatching(/^runtime: no program other is registered; there are program, add/)],
      ["not_found", undefined, "runtime: no version of add fits 2; there are 1.0.0"],
      ["invalid_argument", undefined, expect.stringContaining('"?" is no version or range')],
      ["failed_precondition", "module", expect.stringContaining("exports no program as bad")],
      ["failed_precondition", "module", expect.stringContaining("exports no program as missing")],
      ["failed_precondition", "module", expect.stringContaining("cannot be loaded")],
      ["invalid_argument", undefined, expect.stringContaining("the arguments of add@1.0.0 cannot be sent")],
      ["invalid_argument", undefined, expect.stringContaining("cannot be sent to another thread")],
    ]);
  });

  test("a thread that exits or crashes is unavailable, after what it sent, and closes its source here", async () => {
    for (const how of ["exit", "crash"]) {
      const source = tracked(hang());
      expect(await heardOf(runtime.spawnStage("dying", how)(source))).toEqual([["alive"], ["unavailable", "truncated", expect.stringMatching(/^runtime: the thread of dying@1.0.0 (died|has ended)$/)]]);
    }
    expect(runtime.running).toBe(0);
  });
});

describe("limits", () => {
  test("of time: deadline_exceeded, also for a loop that never ends", async () => {
    for (const how of ["deaf", "loop"]) {
      const [, end] = await heardOf(runtime.spawnStage("dying", how, { limits: { time: 1000 } })(feed()));
      expect(end).toEqual(["deadline_exceeded", "time", "runtime: dying@1.0.0 ran for longer than the 1000 ms that it may"]);
    }
    expect(runtime.running).toBe(0);
  });

  test("of memory: resource_exhausted, and this thread goes on", async () => {
    expect(await heardOf(runtime.spawnStage("dying", "memory", { limits: { memory: 32 * 2 ** 20 } })(feed()))).toEqual([["alive"], ["resource_exhausted", "memory", expect.stringContaining("33554432 bytes")]]);
  });

  test("that make no sense are refused", async () => {
    const refused = [{ time: 0 }, { time: 2 ** 31 }, { memory: 2 ** 20 }, { tokens: -1 }, { time: Number.NaN }].map((limits) => outcome(runtime.spawn("add", { a: 1, b: 1 }, { limits })));
    expect((await Promise.all(refused)).map((error) => (error as string[])[0])).toEqual(Array.from({ length: 5 }, () => "invalid_argument"));
    expect(() => testRuntime({ limits: { time: -1 } })).toThrow("limit of time must be a number from 1 to 2147483647, not -1");
    for (const options of [{ maxSpawned: 0 }, { maxSpawned: Number.NaN }, { threads: { grace: -1 } }]) expect(() => testRuntime(options)).toThrow("must be a number from");
  });

  test("the deadline of the call holds, too", async () => {
    const stage = runtime.spawnStage("dying", "loop");
    expect((await heardOf(stage(feed(), { deadline: Date.now() + 500 })))[1]).toEqual(["deadline_exceeded", undefined, expect.any(String)]);
  });

  test("so many may run at once, those that others spawn among them", async () => {
    await using small = testRuntime({ maxSpawned: 1 });
    expect([await outcome(small.spawn("parent", { name: "program" })), await small.spawn("add", { a: 1, b: 1 })]).toEqual([["resource_exhausted", "spawned", expect.any(String)], 2]);
  });
});

describe("the end of a thread", () => {
  test("an abort is heard at once, and kills a thread that is deaf", async () => {
    const abort = countedAbort();
    await using own = testRuntime();
    const iterator = own.spawnStage("dying", "loop")(hang(), { signal: abort.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    await own.close();
    expect([own.running, abort.listeners]).toEqual([0, 0]);
  });

  test("who leaves waits for the finally there", async () => {
    await using messaging = createMessaging();
    await using own = testRuntime({ messaging });
    const abort = countedAbort();
    const source = tracked(feed());
    for await (const message of own.spawnStage("tidy")(source, { signal: abort.signal })) if (message === "first") break;
    expect([await messaging.pull("log"), own.running, abort.listeners, source.opened - source.closed]).toEqual(["left", 0, 0, 0]);
  });

  test("a stage behind it that wants no more leaves it, too", async () => {
    await using own = testRuntime({ threads: { ...testThreads, grace: 50 } });
    expect([await collect(pipe(own.spawnStage("dying", "loop"), take(1))(feed())), own.running]).toEqual([["alive"], 0]);
  });

  test("closing the runtime ends what runs and refuses what comes", async () => {
    const own = testRuntime();
    const iterator = own.spawnStage("dying", "deaf")(feed())[Symbol.asyncIterator]();
    await iterator.next();
    const pending = outcome(iterator.next());
    await own.close();
    expect([await pending, await outcome(own.spawn("add", { a: 1, b: 1 })), own.running]).toEqual([["canceled", "closed", "runtime: it is closed"], ["failed_precondition", "closed", "runtime: it is closed"], 0]);
  });
});

describe("what a program has of its runtime", () => {
  const words = outputStream(async function* words(prompt: string) {
    for (const word of prompt.split(" ")) yield word;
  });

  test("its facts, the deadline of its call and an empty environment", async () => {
    await using own = testRuntime({ user: "ada", models: { words } });
    const { version, instanceId } = own;
    expect(await own.spawn("facts")).toEqual({ version, instanceId, user: "ada", models: ["words"], deadline: undefined, env: 0, missing: "not_found" });
  });

  test("models, which run here and are called over a port, and whose tokens are counted", async () => {
    await using own = testRuntime({ models: { words, counted: { stage: words, tokensOf: (word: string) => word.length } } });
    const asking = (model: string, options?: object, more?: object) => heardOf(own.spawnStage("asking", { model, prompt: "aa bb cc", ...more }, options)(feed()));
    const limits = { tokens: 4 };
    const tooMany = ["resource_exhausted", "tokens", "runtime: the program used 6 tokens and may use 4"];
    expect([await asking("words"), await asking("none"), await asking("counted", { limits }), await asking("counted", { limits }, { isCatching: true }), await asking("words", { limits })]).toEqual([
      [["aa", "bb", "cc"], "end"],
      [[], ["not_found", undefined, "runtime: there is no model none; there are words, counted"]],
      [["aa", "bb"], tooMany],
      [["aa", "bb"], tooMany], // it cannot swallow that
      [[], ["failed_precondition", undefined, expect.stringContaining("tokensOf")]],
    ]);
  });

  test("it spawns others, whose tokens count for it", async () => {
    await using own = testRuntime({ models: { counted: { stage: words, tokensOf: () => 1 } } });
    const args = { name: "asking", args: { model: "counted", prompt: "a b c d" } };
    expect(await own.spawn("parent", { name: "program" }, { input: feed("a") })).toEqual(["program", "done"]);
    expect(await heardOf(own.spawnStage("parent", { ...args, tokens: 9 }, { limits: { tokens: 2 } })(feed()))).toEqual([["a", "b"], ["resource_exhausted", "tokens", "runtime: the program used 3 tokens and may use 2"]]);
    await own.close();
    expect(own.running).toBe(0);
  });

  test("messaging, which is shared by all", async () => {
    await using messaging = createMessaging();
    await using own = testRuntime({ messaging });
    await using results = messaging.subscribe("results");
    const workers = [own.spawn("swarm", 2), own.spawn("swarm", 2)];
    for (const n of [1, 2, 3, 4]) await messaging.push("work", n);
    await Promise.all(workers);
    await messaging.close();
    expect((await collect(results)).map(Number).toSorted((one, other) => one - other)).toEqual([2, 4, 6, 8]);
  });
});
