import { collect, StageError, type Stream } from "@iftk/core";
import { countedAbort, feed, hang, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { createMessaging } from "../messaging/create-messaging.js";
import { createRuntime, type HostRuntime } from "../runtime/create-runtime.js";
import type { Program } from "../runtime/registry.js";
import { inferlet } from "./inferlet.js";
import type { Session } from "./session.js";

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason] : error));

const runtimeOf = (programs: Readonly<Record<string, Program>>, messaging = createMessaging()): HostRuntime =>
  createRuntime({ registry: Object.entries(programs).map(([name, program]) => ({ name, version: "1.0.0", program })), messaging });

/** Reads a program until it sends, then leaves it. */
async function leave(stream: Stream<unknown>): Promise<void> {
  for await (const _ of stream) break;
}

test("an abort rejects what a program waits for with the reason, and nobody waits any longer", async () => {
  await using messaging = createMessaging({ size: 1 });
  await messaging.push("full", 0);
  await using slow = messaging.subscribe("slow", { size: 1 });
  await messaging.broadcast("slow", 0);
  const reason = new Error("enough");
  const waits: Record<string, (session: Session) => Promise<unknown>> = {
    receive: (session) => session.receive(),
    pull: ({ runtime }) => runtime.messaging.pull("empty"),
    "pull, with a signal of its own": ({ runtime }) => runtime.messaging.pull("empty", { signal: new AbortController().signal }),
    push: ({ runtime }) => runtime.messaging.push("full", 1),
    broadcast: ({ runtime }) => runtime.messaging.broadcast("slow", 1),
    subscribe: async ({ runtime }) => runtime.messaging.subscribe("news")[Symbol.asyncIterator]().next(),
    spawn: ({ runtime }) => runtime.spawn("waiting"),
  };
  const seen: unknown[] = [];
  const running = runtimeOf({
    waiting: inferlet(() => new Promise<never>(() => {})),
    all: inferlet(async (session: Session) => void seen.push(...(await Promise.all(Object.values(waits).map((wait) => failureOf(wait(session))))))),
  }, messaging);
  const abort = countedAbort();
  const spawned = failureOf(running.spawn("all", undefined, { input: hang(), signal: abort.signal }));
  await turns(5);
  abort.abort(reason);
  expect([await spawned, seen]).toEqual([reason, Object.keys(waits).map(() => reason)]);
  await turns(5);
  expect([await messaging.pull("full"), running.running, abort.listeners, (await slow[Symbol.asyncIterator]().next()).value]).toEqual([0, 0, 0, 0]);
  await messaging.push("empty", 1);
  expect(await messaging.pull("empty")).toBe(1);
});

test("what its finally begins then goes on", async () => {
  await using messaging = createMessaging();
  const program = inferlet(async ({ runtime, send }: Session<never, string>) => {
    try {
      await send("a");
    } finally {
      await runtime.messaging.push("log", await runtime.spawn("last"));
    }
  });
  await leave(runtimeOf({ program, last: inferlet(() => "words") }, messaging).spawnStage("program")(feed()));
  expect(await messaging.pull("log")).toBe("words");
});

test("what a program has left when it returns is over: it takes no message, holds up no broadcast, and crashes nobody", async () => {
  await using messaging = createMessaging();
  const ends: unknown[] = [];
  const program = inferlet(async (session: Session) => {
    const { messaging: its, spawn } = session.runtime;
    const subscription = its.subscribe("news", { size: 1 });
    void its.pull("work");
    void spawn("waiting");
    void session.receive();
    const watch = async (): Promise<void> => {
      for await (const message of subscription) ends.push(message);
      ends.push("no more news");
    };
    void watch();
    void session.receive().then((message) => ends.push(message));
    void failureOf(its.pull("work")).then((end) => ends.push(end));
    await turns();
  });
  const own = runtimeOf({ program, waiting: inferlet(() => new Promise<never>(() => {})) }, messaging);
  await own.spawn("program", undefined, { input: hang() });
  await turns(5);
  for (const n of [1, 2, 3]) await messaging.broadcast("news", n);
  await messaging.push("work", 1);
  expect([new Set(ends), await messaging.pull("work"), own.running]).toEqual([new Set([["failed_precondition", "closed"], "no more news", undefined]), 1, 0]);
});

test("a session that is over refuses its runtime's waits, too", async () => {
  let kept: Session | undefined;
  await runtimeOf({ program: inferlet((session: Session) => void (kept = session)) }).spawn("program");
  const { messaging: its, spawn, version } = (kept as Session).runtime;
  const refused = ["failed_precondition", "closed"];
  expect([await failureOf(its.pull("a")), await failureOf(spawn("program")), await failureOf(collect(its.subscribe("a"))), typeof version]).toEqual([refused, refused, [], "string"]);
});

test("ten thousand waits with signals of their own leave nothing behind", async () => {
  const messaging = createMessaging();
  const signal = countedAbort();
  const program = inferlet(async ({ runtime }: Session) => {
    for (let n = 0; n < 10_000; n++) {
      await runtime.messaging.push("work", n, { signal: signal.signal });
      await runtime.messaging.pull("work", { signal: signal.signal });
    }
  });
  await runtimeOf({ program }, messaging).spawn("program");
  expect(signal.listeners).toBe(0);
});
