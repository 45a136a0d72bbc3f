import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Http2Session } from "node:http2";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { connectTask } from "@iftk/client/connect";
import { collect, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { defineModel, implement } from "@iftk/core/task";
import type { AnyImplementation } from "@iftk/core/task";
import { connectListener, connectRoutes } from "@iftk/server/connect";
import type { ConnectRoutesOptions } from "@iftk/server/connect";
import { feed, hang, stageLaws, taskLaws, turns } from "@iftk/testing";
import { afterAll, describe, expect, it } from "vitest";
import { shout, shouting, state } from "./fixtures/shout-task.js";


/** Never resolves; rejects when the signal fires. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

/** Never answers. */
const quiet = implement(shout, {
  bidi: async function* quiet(_texts, { signal }) {
    state.runs += 1;
    try {
      yield await aborted(signal);
    } finally {
      state.runs -= 1;
    }
  },
});

/** Serves an implementation on HTTP/2. */
async function serve(implementation: AnyImplementation, options: Partial<ConnectRoutesOptions> = {}) {
  const models = [implementation, quiet].map((one, index) => defineModel({ id: index === 0 ? "model" : "quiet", tasks: [one] }));
  const server = createServer(connectListener(connectRoutes({ tasks: [shout], models, domain: "Test", ...options })));
  const sessions = new Set<Http2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const transports = [
  ["gRPC", (baseUrl: string) => createGrpcTransport({ baseUrl })],
  ["Connect", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["gRPC-Web", (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "2" })],
] as const;

for (const [name, transport] of transports) {
  taskLaws(`a task over ${name}`, {
    task: shout,
    wholes: ["", "a", "some words", "🦊é"],
    implementation: shouting,
    parameters: { mark: "." },
    readsAhead: 10_000,
    rounds: 2,
    async serve(implementation) {
      const server = await serve(implementation);
      return Object.assign(connectTask(shout, transport(server.url), { domain: "Test", model: "model" }), { [Symbol.asyncDispose]: server.close });
    },
  });
}

const server = await serve(shouting, { maxMessageBytes: 1000 });
afterAll(server.close);
const far = (model: string) => connectTask(shout, createGrpcTransport({ baseUrl: server.url }), { domain: "Test", model });
const laws = { isReleased: () => state.runs === 0, soon: 60, readsAhead: 10 };
stageLaws("a unary task over gRPC at both ends", { stage: () => far("model").unary, hanging: () => far("quiet").unary, input: ["ab"], output: ["A!B!"], ...laws });
stageLaws("a task with a stream of output over gRPC at both ends", { stage: () => far("model").outputStream, hanging: () => far("quiet").outputStream, input: ["ab"], output: ["A!", "B!"], ...laws });
stageLaws("a task with a stream of input over gRPC at both ends", { stage: () => far("model").inputStream, input: ["a", "b"], output: ["A!B!"], ...laws });
stageLaws("a bidi task over gRPC at both ends", { stage: () => far("model").bidi, input: ["a", "b"], output: ["A!", "B!"], ...laws });

const failure = async (run: Promise<unknown> | Stream<unknown>): Promise<unknown> => {
  const error = await (Symbol.asyncIterator in run ? collect(run) : run).then(String, (thrown: unknown) => thrown);
  return StageError.is(error) ? [error.code, error.reason] : error;
};

describe.each(transports)("a task over %s at both ends", (_name, transport) => {
  const at = (model: string, domain = "Test") => connectTask(shout, transport(server.url), { domain, model });
  const all = (model: string, input = "a", options: { readonly domain?: string; readonly deadline?: number } = {}): Promise<unknown[]> => {
    const task = at(model, options.domain);
    const call = { deadline: options.deadline };
    return Promise.all([failure(task.unary(input, call)), failure(task.outputStream(input, call)), failure(task.inputStream(feed(input), call)), failure(task.bidi(feed(input), call))]);
  };
  const four = (error: unknown): unknown[] => [error, error, error, error];

  it("tells the same mistake by the same error in every mode", async () => {
    expect(await all("other")).toEqual(four(["not_found", "model"]));
    expect(await all("model", "?")).toEqual(four(["failed_precondition", "question"]));
    expect(await all("model", "a".repeat(2000))).toEqual(four(["resource_exhausted", "too-large"]));
    expect(await all("model", "a", { domain: "Other" })).toEqual(four(["unimplemented", undefined]));
    expect(await all("quiet", "a", { deadline: Date.now() + 50 })).toEqual(four(["deadline_exceeded", undefined]));
  });

  it("stops the model within 50 ms of its consumer's leaving", { retry: 3 }, async () => {
    while (state.runs > 0) await turns();
    const running: number[] = [];
    for await (const _output of at("model").bidi(hang("a"))) {
      running.push(state.runs);
      break;
    }
    const start = performance.now();
    while (state.runs > 0) await turns();
    expect([running, performance.now() - start < 50]).toEqual([[1], true]);
  });
});
