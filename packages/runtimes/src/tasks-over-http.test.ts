import { remoteTask } from "@iftk/client";
import type { RemoteTaskOptions } from "@iftk/client";
import { collect, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { defineModel, defineTask, implement } from "@iftk/core/task";
import { listen, serveTasks } from "@iftk/server";
import type { Listening, ServeTasksOptions } from "@iftk/server";
import { countedAbort, feed, hang, taskLaws, turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { shout, shouting, type Shouting } from "./fixtures/shout-task.js";

const whisper = defineTask({ name: "whisper", input: { whole: z.string() }, output: { whole: z.string() } });


const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function serve(implementation: Shouting, options: Partial<ServeTasksOptions> = {}): Promise<Listening> {
  const model = defineModel({ id: "model", tasks: [implementation] });
  const server = await listen(serveTasks({ tasks: [shout, whisper], models: [model], ...options }), { port: 0, grace: 0 });
  open.push(() => server.close());
  return server;
}

async function far(implementation: Shouting, remote: RemoteTaskOptions = {}, options: Partial<ServeTasksOptions> = {}): Promise<Shouting> {
  return remoteTask(shout, (await serve(implementation, options)).url, remote);
}

taskLaws("a task over HTTP and WebSocket", {
  task: shout,
  wholes: ["", "a", "some words", "🦊é"],
  implementation: shouting,
  parameters: { mark: "." },
  readsAhead: 65,
  rounds: 3,
  async serve(implementation) {
    const model = defineModel({ id: "model", tasks: [implementation] });
    const server = await listen(serveTasks({ tasks: [shout], models: [model] }), { port: 0, grace: 0 });
    return Object.assign(remoteTask(shout, server.url, { model: "model" }), { [Symbol.asyncDispose]: () => server.close() });
  },
});

const failure = async (run: Promise<unknown> | Stream<unknown>): Promise<unknown> => {
  const error = await (Symbol.asyncIterator in run ? collect(run) : run).then(String, (thrown: unknown) => thrown);
  return StageError.is(error) ? [error.code, error.reason] : error;
};

describe("a remote task", () => {
  it("tells the same mistake by the same error in every mode", async () => {
    const all = async (task: Shouting, input = "a"): Promise<unknown[]> => [await failure(task.unary(input)), await failure(task.outputStream(input)), await failure(task.inputStream(feed(input))), await failure(task.bidi(feed(input)))];
    const server = await serve(shouting, { maxBodyBytes: 500, maxMessageBytes: 500 });
    const at = (options?: RemoteTaskOptions): Shouting => remoteTask(shout, server.url, options);
    const four = (error: unknown): unknown[] => [error, error, error, error];
    expect(await all(at({ model: "quiet" }))).toEqual(four(["not_found", "model"]));
    expect(await all(at(), "?")).toEqual(four(["failed_precondition", "question"]));
    expect(await all(at(), 7 as never)).toEqual(four(["invalid_argument", undefined]));
    expect(await all(at(), "a".repeat(500))).toEqual(four(["resource_exhausted", "too-large"]));
    const other = remoteTask(whisper, server.url);
    expect([await failure(other.unary("a")), await failure(other.bidi(feed("a")))]).toEqual([["invalid_argument", "task"], ["invalid_argument", "task"]]);
    expect(() => at().with({ mark: 7 as never })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    await server.close();
    expect(await all(at())).toEqual(four(["unavailable", undefined]));
  });

  it("hears its deadline on both ends, in every mode", { retry: 3 }, async () => {
    let stopped = 0;
    const never = implement(shout, {
      bidi: async function* never(_texts, { signal }) {
        signal.addEventListener("abort", () => (stopped += 1));
        await new Promise(() => {});
        yield "";
      },
    });
    const task = await far(never);
    const call = (): { deadline: number } => ({ deadline: Date.now() + 200 });
    const ended = [failure(task.unary("a", call())), failure(task.outputStream("a", call())), failure(task.inputStream(hang("a"), call())), failure(task.bidi(hang("a"), call()))];
    expect(await Promise.all(ended)).toEqual(ended.map(() => ["deadline_exceeded", undefined]));
    for (let turn = 0; turn < 1000 && stopped < 4; turn++) await turns();
    expect(stopped).toBe(4);
  });

  it("is let in with its token alone, in every mode", async () => {
    const all = (task: Shouting): Promise<unknown[]> => Promise.all([failure(task.unary("a")), failure(task.outputStream("a")), failure(task.inputStream(feed("a"))), failure(task.bidi(feed("a")))]);
    const server = await serve(shouting, { tokens: (token) => token === "secret" });
    const [none, wrong] = [await all(remoteTask(shout, server.url)), await all(remoteTask(shout, server.url, { token: "other" }))];
    expect([none, wrong]).toEqual([none.map(() => ["unauthenticated", "no-token"]), wrong.map(() => ["unauthenticated", "bad-token"])]);
    const right = remoteTask(shout, server.url, { token: () => "secret" });
    expect([await right.unary("ab"), await collect(right.bidi(feed("a", "b")))]).toEqual(["A!B!", ["A!", "B!"]]);
  });

  it("is refused where as much runs as may, and where the server goes", async () => {
    const server = await serve(shouting, { maxRuns: 1 });
    const task = remoteTask(shout, server.url);
    const running = task.bidi(hang("a"))[Symbol.asyncIterator]();
    await running.next();
    expect([await failure(task.unary("a")), await failure(task.bidi(feed("a")))]).toEqual([["unavailable", "overloaded"], ["unavailable", "overloaded"]]);
    const draining = server.drain({ grace: 1000 });
    expect(await failure(task.unary("a"))).toEqual(["unavailable", "draining"]);
    await running.return?.();
    await draining;
  });

  it("gives the first output before the last input, and stops the model when its consumer leaves", async () => {
    const given: string[] = [];
    let stopped = 0;
    const slow = implement(shout, {
      bidi: async function* slow(texts, { signal }) {
        signal.addEventListener("abort", () => (stopped += 1));
        for await (const text of texts) yield text.toUpperCase();
      },
    });
    async function* inputs(): Stream<string> {
      yield "a";
      given.push("a");
      await new Promise(() => {});
    }
    const abort = countedAbort();
    const task = await far(slow);
    for await (const output of task.bidi(inputs(), { signal: abort.signal })) {
      expect(output).toBe("A");
      break;
    }
    for (let turn = 0; turn < 1000 && stopped < 1; turn++) await turns();
    expect([stopped, abort.listeners]).toEqual([1, 0]);
  });
});
