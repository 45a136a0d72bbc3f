import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { collect, from, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { countedAbort, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { afterAll, describe, expect, it } from "vitest";
import { connectTask, type ConnectTaskOptions } from "./connect-task.js";
import { serveTask } from "./fixtures/serve-task.js";
import { endless, loud, mute, shout } from "./fixtures/shout.js";

const server = await serveTask(shout, [loud, mute, endless]);
afterAll(() => server[Symbol.asyncDispose]());

const grpc = createGrpcTransport({ baseUrl: server.url });
const far = (options: Partial<ConnectTaskOptions> = {}, transport = grpc) => connectTask(shout, transport, { domain: "Test", model: "loud", ...options });
const silent = far({ model: "mute" });
const isReleased = (): boolean => server.open === 0;

const laws = { isReleased, soon: 60, readsAhead: 3 };
stageLaws("a task over gRPC, unary", { stage: () => far().unary, hanging: () => silent.unary, input: ["ab"], output: [{ marks: ["A!", "B!"] }], ...laws });
stageLaws("a task over gRPC, with a stream of output", { stage: () => far().outputStream, hanging: () => silent.outputStream, input: ["ab"], output: ["A!", "B!"], ...laws });
stageLaws("a task over gRPC, with a stream of input", { stage: () => far().inputStream, input: ["a", "b"], output: [{ marks: ["A!", "B!"] }], ...laws });
stageLaws("a task over gRPC, with both", { stage: () => far().bidi, input: ["a", "b"], output: ["A!", "B!"], ...laws });

const outcome = (stream: Stream<unknown>): Promise<unknown> => collect(stream).catch((error: unknown) => error);
const error = (value: Promise<unknown>): Promise<unknown> => value.then(() => undefined, (reason: unknown) => reason);

describe.each([
  ["Connect", createConnectTransport({ baseUrl: server.url, httpVersion: "2" })],
  ["gRPC", grpc],
  ["gRPC-Web", createGrpcWebTransport({ baseUrl: server.url, httpVersion: "2" })],
])("a task over %s", (_name, transport) => {
  it("is done in all four modes, with its parameters", async () => {
    const task = far({}, transport).with({ mark: "?" });
    expect([await task.run("ab"), await collect(task.outputStream("ab")), await task.inputStream(feed("a", "b")), await collect(task.bidi(feed("a", "b")))]).toEqual([{ marks: ["A?", "B?"] }, ["A?", "B?"], { marks: ["A?", "B?"] }, ["A?", "B?"]]);
  });

  it("fails as it does on the server, after the values before that", async () => {
    const task = far({}, transport);
    const failure = new StageError("resource_exhausted", "Too loud.", { reason: "rate-limit", retryAfter: 1500, stage: "shout | loud" });
    const values: string[] = [];
    const failed = await error((async () => {
      for await (const value of task.bidi(feed("a", "x"))) values.push(value);
    })());
    expect([failed, values, await error(task.run("x")), await outcome(task.outputStream("ax")), await error(task.inputStream(feed("x")))]).toEqual([failure, ["A!"], failure, failure, failure]);
  });

  it.each([
    ["an unknown model", { model: "other" }, "a", { code: "not_found", reason: "model" }],
    ["a deadline", { model: "mute" }, "a", { code: "deadline_exceeded" }],
  ])("has the code of %s", async (_case, options, text, expected) => {
    const task = far(options, transport);
    const call = { deadline: Date.now() + (options.model === "mute" ? 50 : 5000) };
    const errors = await Promise.all([error(task.run(text, call)), outcome(task.outputStream(text, call)), error(task.inputStream(feed(text), call)), outcome(task.bidi(feed(text), call))]);
    expect(errors).toEqual(errors.map((): unknown => expect.objectContaining(expected)));
  });

  it("gives the first result before the last input", async () => {
    let go = (): void => {};
    const later = new Promise<void>((resolve) => (go = resolve));
    async function* letters(): Stream<string> {
      yield "a";
      await later;
      yield "b";
    }
    const results = far({}, transport).bidi(letters())[Symbol.asyncIterator]();
    expect(await results.next()).toEqual({ done: false, value: "A!" });
    go();
    expect([await results.next(), await results.next()]).toEqual([{ done: false, value: "B!" }, { done: true, value: undefined }]);
  });

  it("ends on the server when its consumer leaves, and closes its input", { retry: 3 }, async () => {
    const source = tracked(hang("a"));
    for await (const _value of far({ model: "endless" }, transport).bidi(source)) break;
    const start = performance.now();
    while (server.open > 0) await turns();
    expect([performance.now() - start < 50, source.closed]).toEqual([true, 1]);
  });

  it("fails with what its input failed with", async () => {
    const failure = new Error("microphone");
    async function* letters(): Stream<string> {
      yield "a";
      throw failure;
    }
    expect([await outcome(far({}, transport).bidi(letters())), await error(far({}, transport).inputStream(letters()))]).toEqual([failure, failure]);
    expect(((await outcome(far({}, transport).bidi(letters()))) as Error) === failure).toBe(true);
  });
});

describe("a task over Connect in a browser", () => {
  it("refuses to stream input, which fetch cannot", async () => {
    const task = far({}, web.createConnectTransport({ baseUrl: server.url }));
    expect(await outcome(task.bidi(feed("a")))).toEqual(expect.objectContaining({ code: expect.stringMatching(/unimplemented|unavailable/) }));
  });
});

describe("connectTask", () => {
  it("sends headers, the token, the model and the time that is left", async () => {
    await far({ headers: async () => ({ "x-tenant": "7" }), token: () => "secret" }).run("a", { deadline: Date.now() + 5000 });
    expect([server.headers.get("x-tenant"), server.headers.get("authorization"), server.headers.get("mm-model-id"), (server.timeout ?? 0) > 4000]).toEqual(["7", "Bearer secret", "loud", true]);
  });

  it("says that a server cannot be reached", async () => {
    const task = far({}, createGrpcTransport({ baseUrl: "http://127.0.0.1:1" }));
    const errors = [await error(task.run("a")), await outcome(task.outputStream("a")), await outcome(task.bidi(feed("a")))];
    expect(errors).toEqual(errors.map((): unknown => expect.objectContaining({ code: "unavailable", reason: undefined })));
  });

  it.each([
    ["gRPC", createGrpcTransport({ baseUrl: server.url })],
    ["Connect", createConnectTransport({ baseUrl: server.url, httpVersion: "2" })],
    ["gRPC-Web", createGrpcWebTransport({ baseUrl: server.url, httpVersion: "2" })],
  ])("fails as truncated where the connection of %s is cut after the answer has begun", async (_name, transport) => {
    const results = far({}, transport).bidi(hang("a"))[Symbol.asyncIterator]();
    await results.next();
    const next = results.next();
    for (const session of server.sessions) session.destroy();
    await expect(next).rejects.toEqual(expect.objectContaining({ code: "unavailable", reason: "truncated" }));
  });

  it("fails where an answer is no answer at all", async () => {
    const other = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"));
    other.listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const task = far({}, createConnectTransport({ baseUrl: `http://127.0.0.1:${(other.address() as AddressInfo).port}`, httpVersion: "1.1" }));
    expect(await error(task.run("a"))).toEqual(expect.objectContaining({ code: "unavailable" }));
    other.close();
  });

  it("rejects with the reason of an abort at once, and leaves no listener", async () => {
    const abort = countedAbort();
    const calls = [error(silent.run("a", { signal: abort.signal })), outcome(silent.outputStream("a", { signal: abort.signal })), error(silent.inputStream(hang("a"), { signal: abort.signal })), outcome(silent.bidi(hang("a"), { signal: abort.signal }))];
    while (server.open < 4) await turns();
    const reason = new Error("enough");
    abort.abort(reason);
    expect([await Promise.all(calls), abort.listeners]).toEqual([[reason, reason, reason, reason], 0]);
    while (server.open > 0) await turns();
  });

  it("refuses parameters and inputs that do not fit before anything is sent", async () => {
    expect(() => far().with({ mark: "too long" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(await error(far().run(7 as never))).toEqual(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("expected a string") }));
    expect(await outcome(far().bidi(from([7 as never])))).toEqual(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining("expected a string") }));
  });
});
