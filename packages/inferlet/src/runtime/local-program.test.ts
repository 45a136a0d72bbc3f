import { collect, outputStream, type StageError } from "@iftk/core";
import { feed, hang, stageLaws, turns, virtualClock } from "@iftk/testing";
import { expect, test } from "vitest";
import { inferlet } from "../session/inferlet.js";
import type { Session } from "../session/session.js";
import { createRuntime, type RuntimeOptions } from "./create-runtime.js";
import type { Program, RegisteredProgram } from "./registry.js";

const shout = inferlet(async (session: Session<string, string>) => {
  for await (const word of session) await session.send(`${word}!`);
  return "done";
});

const programs = (programs: Readonly<Record<string, Program>>): RegisteredProgram[] => Object.entries(programs).map(([name, program]) => ({ name, version: "1.0.0", program }));
const runtimeOf = (of: Readonly<Record<string, Program>>, options?: Partial<RuntimeOptions>) => createRuntime({ registry: programs(of), ...options });
const codeOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => [(error as StageError).code, (error as StageError).reason]);

stageLaws("a program in the thread of the runtime", { stage: () => runtimeOf({ shout }).spawnStage("shout"), input: ["a", "b"], output: ["a!", "b!"] });

test("the newest version is run, or that which fits", async () => {
  const versions = ["1.2.0", "1.10.0", "2.0.0-beta.1"].map((version) => ({ name: "@team/version", version, program: inferlet(() => version) }));
  const runtime = createRuntime({ registry: versions });
  const asked = ["@team/version", "@team/version@latest", "@team/version@~1.2", "@team/version@2.0.0-beta.1"];
  expect(await Promise.all(asked.map((name) => runtime.spawn(name)))).toEqual(["1.10.0", "1.10.0", "1.2.0", "2.0.0-beta.1"]);
});

test("a registry with a bad name or version, or one that is there twice, is refused", () => {
  for (const [entries, message] of [
    [[{ name: "a b", version: "1.0.0", program: shout }], "is no name"],
    [[{ name: "a", version: "1", program: shout }], "is no version"],
    [[{ name: "a", version: "1.0.0", program: shout }, { name: "a", version: "1.0.0", program: shout }], "a@1.0.0 is there twice"],
  ] as const) expect(() => createRuntime({ registry: entries })).toThrow(message);
});

test("it gets its arguments, its runtime and the deadline of its call; its errors stay as they are", async () => {
  const failure = new Error("broken");
  const runtime = runtimeOf({
    add: ({ a, b }: { readonly a: number; readonly b: number }) => inferlet(() => a + b),
    parent: inferlet(async (session: Session) => [session.runtime.models(), session.runtime.instanceId, await session.runtime.spawn("add", { a: 1, b: 2 })]),
    broken: inferlet(() => {
      throw failure;
    }),
  });
  expect([await runtime.spawn("parent"), await runtime.spawn("broken").catch((error: unknown) => error)]).toEqual([[[], runtime.instanceId, 3], failure]);
});

test("its time is limited, and that of the runtime holds where the spawn names none", async () => {
  using clock = virtualClock().install();
  const runtime = runtimeOf({ deaf: inferlet(() => new Promise<never>(() => {})) }, { limits: { time: 100 } });
  const ends = [runtime.spawn("deaf"), runtime.spawn("deaf", undefined, { limits: { time: 200 } })].map(codeOf);
  const ended: unknown[] = [];
  for (const end of ends) void end.then(() => ended.push(end));
  await turns();
  await clock.advance(100);
  await turns(5);
  const count = ended.length;
  await clock.advance(100);
  expect([count, await Promise.all(ends), runtime.running]).toEqual([1, [["deadline_exceeded", "time"], ["deadline_exceeded", "time"]], 0]);
});

test("its tokens are limited, also over several calls; its memory cannot be", async () => {
  const words = outputStream(async function* words(prompt: string) {
    for (const word of prompt.split(" ")) yield word;
  });
  const asking = inferlet(async ({ runtime }: Session) => {
    const model = runtime.model<typeof words>("words");
    return [await collect(model("a b")), await collect(model("c d"))];
  });
  const runtime = runtimeOf({ asking }, { models: { words: { stage: words, tokensOf: () => 1 } } });
  const spawn = (limits: object): Promise<unknown> => codeOf(runtime.spawn("asking", undefined, { limits }));
  expect([await spawn({ tokens: 4 }), await spawn({ tokens: 3 }), await spawn({ memory: 2 ** 25 })]).toEqual([[["a", "b"], ["c", "d"]], ["resource_exhausted", "tokens"], ["unimplemented", undefined]]);
});

test("an abort and a runtime that closes end it", async () => {
  const runtime = runtimeOf({ shout });
  const stop = new AbortController();
  const [aborted, closed] = [codeOf(runtime.spawn("shout", undefined, { input: hang(), signal: stop.signal })), codeOf(runtime.spawn("shout", undefined, { input: hang() }))];
  await turns();
  stop.abort({ code: "mine" });
  expect([await aborted, runtime.running]).toEqual([["mine", undefined], 1]);
  await runtime.close();
  expect([await closed, runtime.running, await codeOf(collect(runtime.spawnStage("shout")(feed())))]).toEqual([["canceled", "closed"], 0, ["failed_precondition", "closed"]]);
});

test("what it was made without is refused", () => {
  const runtime = runtimeOf({ shout });
  expect(() => runtime.messaging).toThrow("without messaging");
  expect(() => runtime.model("toString")).toThrow("there is no model toString; there are none");
});
