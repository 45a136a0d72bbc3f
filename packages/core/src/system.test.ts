import { countedAbort, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { bidi, collect, StageError, unary, type Stream } from "./index.js";
import type { StandardSchema } from "./standard-schema.js";
import { defineSystem } from "./system.js";

/** A schema by hand, as any library of Standard Schema makes them. */
const greeting: StandardSchema<{ word?: string; times?: number }, { word: string; times: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const { word = "hello", times = 1 } = value as { word?: string; times?: number };
      const issues = [...(typeof word === "string" ? [] : [{ message: "expected text", path: ["word"] }]), ...(times > 0 ? [] : [{ message: "must be above 0", path: [{ key: "times" }] }])];
      return issues.length > 0 ? { issues } : { value: { word, times } };
    },
  },
};

interface Log {
  loads: number;
  unloads: number;
  signals: AbortSignal[];
}

/** A system whose loads are answered by the test. */
function greeter(answer: () => Promise<string> = async () => "model") {
  const log: Log = { loads: 0, unloads: 0, signals: [] };
  const system = defineSystem({
    name: "greeter",
    config: greeting,
    load: ({ signal }) => {
      log.loads++;
      log.signals.push(signal);
      return answer();
    },
    channel: (model, { word, times }) => unary((name: string) => `${model}: ${`${word} `.repeat(times)}${name}`),
    unload: () => void log.unloads++,
  });
  return { system, log };
}

/** A promise that the test settles. */
function pending<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, resolve: (value: T) => settle?.resolve(value), reject: (error: unknown) => settle?.reject(error) };
}

const messageOf = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: Error) => error.message);

test("the models are loaded once for all channels, each of which has its own configuration", async () => {
  const { system, log } = greeter();
  const [one, two] = await Promise.all([system.open({}), system.open({ word: "bye", times: 2 })]);
  const heard = [collect(one), collect(two)];
  await Promise.all([one.write("Ana"), two.write("Leo")]);
  one.end();
  two.end();
  expect([await Promise.all(heard), log.loads]).toEqual([[["model: hello Ana"], ["model: bye bye Leo"]], 1]);
});

test("the last channel to be over unloads the models before its close resolves, and the next open loads again", async () => {
  const { system, log } = greeter();
  const [one, two] = [await system.open({}), await system.open({})];
  await one.close();
  expect(log).toMatchObject({ loads: 1, unloads: 0 });
  two.end();
  await two.closed;
  expect(log).toMatchObject({ loads: 1, unloads: 1 });
  {
    await using three = await system.open({});
    expect([three.read(), log.loads]).toEqual([undefined, 2]);
  }
  expect(log).toMatchObject({ loads: 2, unloads: 2 });
});

test("a bad configuration is refused with every issue and its place, and loads nothing", async () => {
  const { system, log } = greeter();
  const error = await system.open({ word: 1 as unknown as string, times: 0 }).catch((caught: unknown) => caught);
  expect([StageError.is(error) && error.code, (error as Error).message, log.loads]).toEqual(["invalid_argument", "greeter: bad configuration: word: expected text; times: must be above 0", 0]);
});

test("a load that fails rejects those who wait, and the next open tries again", async () => {
  const answers = [Promise.reject(new Error("no memory")), Promise.resolve("model")];
  answers[0]?.catch(() => {});
  const { system, log } = greeter(() => answers[log.loads - 1] ?? Promise.reject(new Error("too often")));
  expect(await Promise.all([messageOf(system.open({})), messageOf(system.open({}))])).toEqual(["no memory", "no memory"]);
  await using channel = await system.open({});
  expect([channel.read(), log.loads, log.unloads]).toEqual([undefined, 2, 0]);
});

test("an open that is given up while loading is rejected at once and leaves the load to the others", async () => {
  const model = pending<string>();
  const { system, log } = greeter(() => model.promise);
  const abort = countedAbort();
  const [given, kept] = [messageOf(system.open({}, { signal: abort.signal })), system.open({})];
  await turns();
  abort.abort(new Error("enough"));
  expect([await given, log.signals[0]?.aborted, abort.listeners]).toEqual(["enough", false, 0]);
  model.resolve("model");
  await (await kept).close();
  expect(log).toMatchObject({ loads: 1, unloads: 1 });
});

test("when all who wait give up, the load is cancelled; one that does not hear is unloaded when it comes, and holds up no other", async () => {
  const models = [pending<string>(), pending<string>()];
  const { system, log } = greeter(() => models[log.loads - 1]?.promise ?? Promise.reject(new Error("too often")));
  const abort = new AbortController();
  const given = messageOf(system.open({}, { signal: abort.signal }));
  await turns();
  abort.abort(new Error("enough"));
  expect([await given, log.signals[0]?.aborted]).toEqual(["enough", true]);
  const next = system.open({});
  await turns();
  models[1]?.resolve("second");
  await using channel = await next;
  models[0]?.resolve("first");
  await turns();
  expect([log.unloads, channel.read()]).toEqual([1, undefined]);
});

test("the next load waits until the models before are unloaded", async () => {
  const unloaded = pending<void>();
  const order: string[] = [];
  const system = defineSystem({
    name: "slow",
    load: () => void order.push("load"),
    channel: () => unary((n: number) => n),
    unload: async () => {
      await unloaded.promise;
      order.push("unloaded");
    },
  });
  const closing = (await system.open()).close();
  await turns();
  const next = system.open();
  await turns();
  unloaded.resolve();
  await closing;
  await (await next).close();
  expect(order).toEqual(["load", "unloaded", "load", "unloaded"]);
});

test("models that can be disposed of are; what that throws is told by close", async () => {
  const disposed: string[] = [];
  const open = async (model: object) => (await defineSystem({ name: "d", load: () => model, channel: () => unary((n: number) => n) }).open()).close();
  await open({ [Symbol.dispose]: () => disposed.push("now") });
  await open({ [Symbol.asyncDispose]: async () => disposed.push("later") });
  await open({});
  expect([disposed, await messageOf(open({ [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck")) }))]).toEqual([["now", "later"], "stuck"]);
});

test("the models are loaded early and held with load, however often the hold is disposed of", async () => {
  const { system, log } = greeter();
  const hold = await system.load();
  await (await system.open({})).close();
  await (await system.open({})).close();
  expect(log).toMatchObject({ loads: 1, unloads: 0 });
  await hold[Symbol.asyncDispose]();
  await hold[Symbol.asyncDispose]();
  expect(log).toMatchObject({ loads: 1, unloads: 1 });
});

test("a channel function that throws unloads what it alone used; a failing pipeline does too", async () => {
  let unloads = 0;
  const system = defineSystem({
    name: "picky",
    load: async () => ["model"],
    channel: (models, isBad: boolean) => {
      if (isBad) throw new Error(`not over ${models[0]}`);
      return bidi(async function* failing(input: Stream<string>) {
        yield* input;
        throw new Error("broken");
      });
    },
    unload: () => void unloads++,
  });
  expect(await messageOf(system.open(true))).toBe("not over model");
  await turns();
  expect(unloads).toBe(1);
  const channel = await system.open(false);
  channel.end();
  expect([await messageOf(channel.closed), unloads]).toEqual(["broken", 2]);
});
