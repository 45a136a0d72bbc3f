import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { collect, pipe, each, StageError, unary, type Stream } from "@iftk/core";
import { feed, hang, turns } from "@iftk/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { inferlet, valueOf } from "../session/inferlet.js";
import type { Session } from "../session/session.js";
import { messaging } from "./messaging.js";
import { runtime } from "./runtime.js";
import { session } from "./session.js";

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (StageError.is(error) ? [error.code, error.reason, error.message] : error));

test("a program that takes no session uses its own", async () => {
  const shout = inferlet(async function shout() {
    const first = await session.receive();
    for await (const word of session) await session.send(`${String(word)}!`);
    await session.sendFile(new Uint8Array([1]), { name: "one.bin" });
    return [first, (await session.receiveFile())?.name, session.signal.aborted, session.deadline];
  });
  const input: Stream<unknown> = feed<unknown>("a", "b", { type: "file", bytes: new Uint8Array([2]), name: "two.bin" }, "c");
  const heard: unknown[] = [];
  const value = await valueOf(shout.outcomes(input, { deadline: 4e12 }), (message) => heard.push(message));
  expect([shout.label, value, heard]).toEqual(["shout", ["a", "two.bin", false, 4e12], ["b!", "c!", { type: "file", bytes: new Uint8Array([1]), name: "one.bin" }]]);
});

test("a hundred programs that run at once each find their own, wherever they are in their work", async () => {
  const lower = each(unary(async (word: string) => {
    await session.send(`stage ${word}`);
    return word;
  }));
  const program = inferlet(async () => {
    const name = String(await session.receive());
    const send = (where: string): Promise<void> => session.send(`${where} ${name}`);
    await Promise.resolve();
    await send("after an await");
    await new Promise<void>((resolve, reject) => void setTimeout(() => void send("in a timer").then(resolve, reject), 1));
    queueMicrotask(() => void send("in a microtask"));
    for await (const word of pipe(lower)(feed(name))) await send(`read ${word}`);
    async function* told(): Stream<string> {
      await turn();
      await send("in a stream");
      yield name;
    }
    await Promise.all([collect(told()), send("beside it")]);
  });
  const runs = Array.from({ length: 100 }, async (_, n) => collect(program(feed(`${n}`))));
  const heard = await Promise.all(runs);
  const all = ["after an await", "beside it", "in a microtask", "in a stream", "in a timer", "read"];
  expect(heard.map((messages) => messages.map(String).toSorted())).toEqual(heard.map((_, n) => [...all.map((where) => (where === "read" ? `read ${n} ${n}` : `${where} ${n}`)), `stage ${n}`]));
});

test("what a program hands to another as its input, and what it is told of it, is its own", async () => {
  const inner = inferlet(async () => {
    for await (const word of session) await session.send(`inner ${String(word)}`);
  });
  const outer = inferlet(async () => {
    async function* mine(): Stream<unknown> {
      try {
        for await (const word of session) yield `outer ${String(word)}`;
      } finally {
        await session.send("closed");
      }
    }
    for await (const message of inner(mine())) await session.send(message);
  });
  expect(await collect(outer(feed("a", "b")))).toEqual(["inner outer a", "inner outer b", "closed"]);
});

test("who listens for its end finds it, too", async () => {
  const log: unknown[] = [];
  const program = inferlet(async () => {
    const [mine, its] = [session.signal, session];
    mine.addEventListener("abort", () => log.push(session.signal === mine && session === its), { once: true });
    await session.send("a");
  });
  const other = inferlet(async () => {
    for await (const word of program(hang())) if (word) break;
  });
  await collect(other(feed()));
  expect(log).toEqual([true]);
});

describe("where no program runs", () => {
  const outside = ["failed_precondition", undefined, "session: no program runs here; take the session that inferlet gives to the program"];

  test("each use is refused", async () => {
    const uses = [session.send("a"), session.receive(), session.sendFile(new Uint8Array()), session.receiveFile(), runtime.spawn("a"), runtime.backend(), messaging.push("a", 1), messaging.pull("a"), messaging.broadcast("a", 1)];
    const reads = [() => session.signal, () => session.deadline, () => session.runtime, () => session[Symbol.asyncIterator](), () => runtime.version, () => runtime.user, () => runtime.instanceId, () => runtime.models(), () => runtime.model("a"), () => runtime.messaging, () => runtime.spawnStage("a"), () => messaging.subscribe("a")];
    expect(await Promise.all([...uses, ...reads.map(async (read) => read())].map(failureOf))).toEqual([...uses, ...reads].map(() => outside));
  });

  test("so it is in what reads a program, and for what a program leaves behind, which harms no one", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    let late: Promise<unknown> | undefined;
    const program = inferlet(async () => {
      void over.then(() => void session.send("unheard"));
      late = over.then(() => failureOf(session.send("late")));
      await session.send("a");
    });
    const seen: unknown[] = [];
    for await (const _ of program(feed())) seen.push(await failureOf(session.send("b")));
    end();
    expect([seen, await late]).toEqual([[outside], ["failed_precondition", "closed", "session: the program is over"]]);
  });

  test("a plain stage has no runtime", async () => {
    const program = inferlet(async () => [await failureOf(messaging.pull("a")), await failureOf(runtime.spawn("a"))]);
    const refused = ["failed_precondition", undefined, "session: the program runs as a plain stage, so it has no runtime; spawn it"];
    expect(await valueOf(program.outcomes(feed()))).toEqual([refused, refused]);
  });
});

describe("where the platform does not tell which program runs", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("programs run as ever, and the ambient session says what to do", async () => {
    vi.resetModules();
    vi.stubGlobal("process", undefined);
    const fresh = { ...(await import("../session/inferlet.js")), ...(await import("./session.js")) };
    vi.unstubAllGlobals();
    const program = fresh.inferlet(async (own: Session<string, string>) => {
      await own.send(String(await own.receive()));
      await fresh.session.receive();
    });
    const heard: string[] = [];
    const end = await failureOf((async () => {
      for await (const word of program(feed("a"))) heard.push(word);
    })());
    expect([heard, end]).toEqual([["a"], ["failed_precondition", undefined, "session: this platform does not tell which program runs; take the session that inferlet gives to the program"]]);
  });
});

test("nothing keeps the session of a program that is over, though a timer that it began still runs", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const timers: ReturnType<typeof setInterval>[] = [];
  const sessions: WeakRef<Session>[] = [];
  const program = inferlet(async (own: Session) => {
    sessions.push(new WeakRef(own));
    timers.push(setInterval(() => {}, 1000));
    await session.send("a");
  });
  for (let n = 0; n < 10; n++) await collect(program(feed()));
  await turns(5);
  collectGarbage();
  await turns(5);
  collectGarbage();
  expect([sessions.length, sessions.filter((ref) => ref.deref()).length]).toEqual([10, 0]);
  for (const timer of timers) clearInterval(timer);
});
