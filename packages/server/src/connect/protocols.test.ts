import type { DescMethodStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, type ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { collect } from "@iftk/core";
import { describeTasks, errorDetailDesc, type TaskMethod } from "@iftk/protobuf";
import { afterAll, describe, expect, it, vi } from "vitest";
import { serveConnect } from "./fixtures/serve-connect.js";
import { shout } from "./fixtures/shout.js";

const onError = vi.fn();
const server = await serveConnect({ onError });
afterAll(() => server[Symbol.asyncDispose]());

const { methods } = describeTasks([shout], { domain: "Test" });
const [unary, outputStream, inputStream, bidi] = methods as readonly [TaskMethod, TaskMethod, TaskMethod, TaskMethod];
const plain = (message: Message | undefined): unknown => JSON.parse(JSON.stringify(message, (key, value: unknown) => (key === "$typeName" ? undefined : value)));
const on = (model: string): HeadersInit => ({ "mm-model-id": model });

const callUnary = async (transport: Transport, input: unknown, model = "loud", timeout?: number): Promise<unknown> =>
  plain((await transport.unary(unary.desc as DescMethodUnary, undefined, timeout, on(model), unary.request.toMessage({ input }))).message);
async function* messagesOf(method: TaskMethod, requests: readonly object[]): AsyncGenerator<Message> {
  for (const request of requests) yield method.request.toMessage(request);
}
async function callStream(transport: Transport, method: TaskMethod, requests: readonly object[], model = "loud", timeout?: number): Promise<unknown[]> {
  const { message } = await transport.stream(method.desc as DescMethodStreaming, undefined, timeout, on(model), messagesOf(method, requests));
  return (await collect(message)).map(plain);
}

const words = [{ word: "A!", length: 1 }, { word: "BC!", length: 2 }];

describe.each([
  ["Connect", createConnectTransport({ baseUrl: server.url, httpVersion: "2" })],
  ["Connect with JSON", createConnectTransport({ baseUrl: server.url, httpVersion: "2", useBinaryFormat: false })],
  ["gRPC", createGrpcTransport({ baseUrl: server.url })],
  ["gRPC-Web", createGrpcWebTransport({ baseUrl: server.url, httpVersion: "2" })],
])("over HTTP/2 in %s", (_name, transport) => {
  it("all four modes are served", async () => {
    expect([
      await callUnary(transport, "a bc"),
      await callStream(transport, outputStream, [{ input: "a bc" }]),
      await callStream(transport, inputStream, [{ input: "a", parameters: { mark: "?" } }, { input: "bc" }]),
      await callStream(transport, bidi, [{ parameters: {} }, { input: "a" }, { input: "bc" }]),
    ]).toEqual([{ words }, words, [{ words: [{ word: "A?", length: 1 }, { word: "BC?", length: 2 }] }], words]);
  });

  it.each([
    ["an unknown model", "a", "other", undefined, [Code.NotFound, { reason: "model" }]],
    ["parameters that do not fit", { mark: "long" }, "loud", undefined, [Code.InvalidArgument, {}]],
    ["a deadline", "a", "silent", 50, [Code.DeadlineExceeded, undefined]],
    ["an error of the model", "fail", "broken", undefined, [Code.ResourceExhausted, { reason: "rate-limit", stage: "shout", retryAfter: 1500 }]],
    ["a value that the message cannot carry", "wrong", "broken", undefined, [Code.Internal, { reason: "not-serializable" }]],
  ])("the code of %s comes with what else the error says, in all modes", async (_case, input, model, timeout, expected) => {
    const request = typeof input === "string" ? { input } : { parameters: input };
    const outcomes = await Promise.all(
      methods.map(async (method) => {
        const call = method === unary ? transport.unary(method.desc as DescMethodUnary, undefined, timeout, on(model), method.request.toMessage(request)) : callStream(transport, method, [request], model, timeout);
        const error = (await Promise.resolve(call).catch((reason: unknown) => reason)) as ConnectError;
        return [error.code, error.code === Code.DeadlineExceeded ? undefined : plain(error.findDetails(errorDetailDesc)[0])];
      }),
    );
    expect(outcomes).toEqual(methods.map(() => expected));
  });

  it("a message that is too large has its code", async () => {
    const large = { input: "a".repeat(5_000_000) };
    const errors = await Promise.all([callUnary(transport, large.input), callStream(transport, bidi, [large])].map((call) => call.catch((error: unknown) => error as ConnectError)));
    expect(errors).toEqual([expect.objectContaining({ code: Code.ResourceExhausted }), expect.objectContaining({ code: Code.ResourceExhausted })]);
  });
});

describe.each([
  ["Connect", createConnectTransport({ baseUrl: server.plainUrl, httpVersion: "1.1" })],
  ["gRPC-Web", createGrpcWebTransport({ baseUrl: server.plainUrl, httpVersion: "1.1" })],
  ["Connect by fetch", web.createConnectTransport({ baseUrl: server.plainUrl })],
  ["gRPC-Web by fetch", web.createGrpcWebTransport({ baseUrl: server.plainUrl })],
])("over HTTP/1.1 in %s", (_name, transport) => {
  it("the modes that take a value are served", async () => {
    expect([await callUnary(transport, "a bc"), await callStream(transport, outputStream, [{ input: "a bc" }])]).toEqual([{ words }, words]);
  });
});

describe("a server", () => {
  const transport = createGrpcTransport({ baseUrl: server.url });

  it("answers plain JSON by POST, as any HTTP client can send it", async () => {
    const response = await fetch(`${server.plainUrl}/caikit.runtime.Test.TestService/ShoutTaskPredict`, { method: "POST", headers: { "content-type": "application/json", ...on("loud") }, body: '{"text":"a","mark":"?"}' });
    expect(await response.json()).toEqual({ words: [{ word: "A?", length: 1 }] });
  });

  it("tells callers nothing of an error that is no StageError, and the log all of it", async () => {
    onError.mockClear();
    const error = (await callUnary(transport, "secret", "broken").catch((reason: unknown) => reason)) as ConnectError;
    expect([error.code, error.rawMessage, onError.mock.calls]).toEqual([Code.Unknown, "The stage failed on the server.", [[new Error("key sk-123"), "ShoutTaskPredict"]]]);
  });

  it("refuses runs over its limit, and takes the next when one is over", async () => {
    await using small = await serveConnect({ maxRuns: 1 });
    const client = createGrpcTransport({ baseUrl: small.url });
    const leave = new AbortController();
    const { message } = await client.stream(bidi.desc as DescMethodStreaming, leave.signal, undefined, on("silent"), messagesOf(bidi, [{}]));
    const pending = collect(message).catch(() => {});
    const refused = (await callUnary(client, "a").catch((error: unknown) => error)) as ConnectError;
    expect([refused.code, plain(refused.findDetails(errorDetailDesc)[0])]).toEqual([Code.Unavailable, { reason: "overloaded", retryAfter: 1000 }]);
    leave.abort();
    await pending;
    await expect.poll(() => callUnary(client, "a").catch(() => undefined)).toEqual({ words: [words[0]] });
  });

  it("takes only those who present a token, where it has some", async () => {
    await using closed = await serveConnect({ tokens: ["right"] });
    const client = createGrpcTransport({ baseUrl: closed.url });
    const call = (authorization: string) =>
      client.unary(unary.desc as DescMethodUnary, undefined, undefined, { ...on("loud"), authorization }, unary.request.toMessage({ input: "a" })).then(({ message }) => plain(message), (error: ConnectError) => [error.code, plain(error.findDetails(errorDetailDesc)[0])]);
    expect([await call("Bearer right"), await call("Bearer wrong"), await call("")]).toEqual([{ words: [words[0]] }, [Code.Unauthenticated, { reason: "bad-token" }], [Code.Unauthenticated, { reason: "no-token" }]]);
  });

  it("refuses new calls once it drains, and lets those that run go on", async () => {
    await using going = await serveConnect();
    const client = createGrpcTransport({ baseUrl: going.url });
    let send = (): void => {};
    const later = new Promise<void>((resolve) => (send = resolve));
    async function* requests(): AsyncGenerator<Message> {
      yield bidi.request.toMessage({ input: "a" });
      await later;
      yield bidi.request.toMessage({ input: "bc" });
    }
    const { message } = await client.stream(bidi.desc as DescMethodStreaming, undefined, undefined, on("loud"), requests());
    const running = message[Symbol.asyncIterator]();
    const first = plain((await running.next()).value);
    going.routes.drain();
    const refused = (await callUnary(client, "a").catch((error: unknown) => error)) as ConnectError;
    send();
    expect([first, plain((await running.next()).value), refused.code, plain(refused.findDetails(errorDetailDesc)[0])]).toEqual([...words, Code.Unavailable, { reason: "draining", retryAfter: 1000 }]);
  });
});
