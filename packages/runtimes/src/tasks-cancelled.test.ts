import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { remoteTask } from "@iftk/client";
import { connectTask } from "@iftk/client/connect";
import { collect, StageError, type Stream } from "@iftk/core";
import { defineModel, implement } from "@iftk/core/task";
import { listen, serveTasks } from "@iftk/server";
import { connectFront } from "@iftk/server/connect";
import { countedAbort, hang, tracked, turns } from "@iftk/testing";
import { afterAll, describe, expect, it } from "vitest";
import { shout, type Shouting } from "./fixtures/shout-task.js";

const runs = { started: 0, aborted: 0 };

function begin(signal: AbortSignal): Promise<never> {
  runs.started += 1;
  signal.addEventListener("abort", () => (runs.aborted += 1));
  return new Promise(() => {});
}

/** Reads nothing and never answers. */
const deaf = implement(shout, {
  unary: (_text, { signal }) => begin(signal),
  outputStream: async function* deaf(_text, { signal }) {
    yield await begin(signal);
  },
  inputStream: (_texts, { signal }) => begin(signal),
  bidi: async function* deaf(_texts, { signal }) {
    yield await begin(signal);
  },
});

const refusal = new StageError("failed_precondition", "No more.", { reason: "enough" });

/** Ends after its first input. */
const hasty = implement(shout, {
  async inputStream(texts) {
    for await (const text of texts) return text;
    return "";
  },
  async *bidi(texts) {
    for await (const text of texts) return void (yield text);
  },
});

/** Fails after its first input. */
const failing = implement(shout, {
  async inputStream(texts) {
    for await (const _text of texts) throw refusal;
    return "";
  },
  async *bidi(texts) {
    for await (const text of texts) {
      yield text;
      throw refusal;
    }
  },
});

const app = serveTasks({ tasks: [shout], models: Object.entries({ deaf, hasty, failing }).map(([id, one]) => defineModel({ id, tasks: [one] })), domain: "Test" });
const server = await listen(app, { port: 0, grace: 0, front: connectFront(app) });
afterAll(() => server.close());

const baseUrl = server.url;
const wires: readonly (readonly [string, (model: string) => Shouting])[] = [
  ["HTTP", (model) => remoteTask(shout, baseUrl, { model })],
  ["gRPC", (model) => connectTask(shout, createGrpcTransport({ baseUrl }), { domain: "Test", model })],
  ["Connect", (model) => connectTask(shout, createConnectTransport({ baseUrl, httpVersion: "2" }), { domain: "Test", model })],
  ["gRPC-Web", (model) => connectTask(shout, createGrpcWebTransport({ baseUrl, httpVersion: "2" }), { domain: "Test", model })],
];
const modes = ["unary", "outputStream", "inputStream", "bidi"] as const;

function run(task: Shouting, mode: (typeof modes)[number], texts: Stream<string>, signal?: AbortSignal): Promise<unknown> {
  const call = signal ? { signal } : {};
  if (mode === "unary") return task.unary("a", call);
  if (mode === "inputStream") return task.inputStream(texts, call);
  return collect(mode === "bidi" ? task.bidi(texts, call) : task.outputStream("a", call));
}

/** Milliseconds until the condition holds. */
async function timeUntil(condition: () => boolean): Promise<number> {
  const start = performance.now();
  while (!condition() && performance.now() - start < 2000) await turns();
  return condition() ? performance.now() - start : Infinity;
}

describe.each(wires)("a task over %s", (_name, at) => {
  it.each(modes)("stops a model that reads nothing within 50 ms of an abort, and its caller: %s", { retry: 3 }, async (mode) => {
    Object.assign(runs, { started: 0, aborted: 0 });
    const [abort, why] = [countedAbort(), new Error("enough")];
    const told: unknown[] = [];
    run(at("deaf"), mode, hang("a"), abort.signal).catch((error: unknown) => told.push(error));
    await timeUntil(() => runs.started === 1);
    abort.abort(why);
    expect(await timeUntil(() => runs.aborted === 1 && told.length === 1)).toBeLessThan(50);
    expect([told[0] === why, abort.listeners]).toEqual([true, 0]);
  });

  it.each(["inputStream", "bidi"] as const)("closes the input within 50 ms where the model ends or fails before it: %s", { retry: 3 }, async (mode) => {
    for (const [model, expected] of [["hasty", mode === "bidi" ? ["a"] : "a"], ["failing", refusal]] as const) {
      const source = tracked(hang("a"));
      const outcome = await run(at(model), mode, source).catch((error: unknown) => error);
      expect(await timeUntil(() => source.closed === 1)).toBeLessThan(50);
      expect(outcome).toEqual(expected);
    }
  });
});
