import { bidi, collect, from, inputStream, outputStream, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { bearerProtocol } from "@iftk/wire/socket";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "./fixtures/loopback.js";
import { BareClient, closeSockets, hostSockets, hostStages, opening, valueFrame } from "./fixtures/sockets.js";
import { serve } from "./serve.js";
import { acceptorOf, withSockets } from "./socket-acceptor.js";
import { tokenOf } from "./token-of.js";

afterEach(closeSockets);

const exclaim = bidi(async function* exclaim(words: Stream<string>) {
  for await (const word of words) yield `${word}!`;
});
const join = inputStream(async function join(words: Stream<string>) {
  return (await collect(words)).join("");
});
const echo = bidi((values: Stream<unknown>) => values);
const nothing = inputStream(async function nothing(values: Stream<unknown>): Promise<undefined> {
  await collect(values);
});

describe("serve, over WebSockets", () => {
  it("runs a stage from stream to stream: credit, values, end, close", async () => {
    const { port, connections } = await hostStages({ exclaim });
    const client = await new BareClient(port, "/exclaim").say(opening);
    await until(() => client.frames.length === 1);
    expect([client.frames, client.socket.protocol]).toEqual([[{ kind: "credit", count: 64 }], "iftk.v1"]);
    await client.say(valueFrame("a"), valueFrame("b", 2));
    await until(() => client.frames.length === 3);
    await client.say({ kind: "end", id: 3 });
    await until(() => client.code !== undefined && connections.size === 0);
    expect([client.frames.slice(1), client.code]).toEqual([[valueFrame("a!"), valueFrame("b!", 2), { kind: "end", id: 3 }], 1000]);
  });

  it("waits for values that it has asked for: one before is refused", async () => {
    const { port, errors } = await hostStages({ exclaim });
    const client = await new BareClient(port, "/exclaim").say({ ...opening, credit: 0 }, valueFrame("a"));
    await until(() => client.code !== undefined);
    expect([client.frames, errors]).toEqual([[{ kind: "error", id: 1, error: expect.objectContaining({ code: "resource_exhausted", reason: "credit" }) }], []]);
  });

  it.each([
    ["gives one value", join, ["a", "b"], [valueFrame("ab"), { kind: "end", id: 2 }]],
    ["gives nothing", nothing, ["a"], [{ kind: "end", id: 1 }]],
  ])("runs a stage from a stream that %s", async (_name, stage, values, frames) => {
    const { port } = await hostStages({ stage });
    const client = await new BareClient(port, "/stage").say(opening);
    await until(() => client.frames.length === 1);
    await client.say(JSON.stringify([...values.map((value, index) => valueFrame(value, index + 1)), { kind: "end", id: 3 }]));
    await until(() => client.code !== undefined);
    expect(client.frames.slice(1)).toEqual(frames);
  });

  it("takes and gives bytes as messages of bytes", async () => {
    const { port } = await hostStages({ echo });
    const client = await new BareClient(port, "/echo").say(opening);
    await until(() => client.frames.length === 1);
    await client.say(new Uint8Array([1, 2, 3]), valueFrame("a"), new Uint8Array(), { kind: "end", id: 4 });
    await until(() => client.code !== undefined);
    expect(client.frames.slice(1)).toEqual([new Uint8Array([1, 2, 3]), valueFrame("a", 2), new Uint8Array(), { kind: "end", id: 4 }]);
  });

  it("sends what is ready at once as one message, and hears the messages of one read together", async () => {
    const many = bidi((_input: Stream<unknown>) => from(Array.from({ length: 10 }, (_, index) => index)));
    let batches = 0;
    const counted = bidi(async function* counted(input: Stream<unknown>) {
      for await (const value of input) {
        batches++;
        yield value;
      }
    });
    const { port } = await hostStages({ many, counted });
    const client = await new BareClient(port, "/many").say(opening);
    await until(() => client.code !== undefined);
    expect(client.messages).toEqual([Array.from({ length: 10 }, (_, index) => valueFrame(index, index + 1)), { kind: "end", id: 11 }].map((message) => JSON.stringify(message)));
    const other = await new BareClient(port, "/counted").say(opening);
    await until(() => other.frames.length === 1);
    await other.say(...Array.from({ length: 20 }, (_, index) => valueFrame(index, index + 1)));
    await until(() => batches === 20 && other.frames.length === 21);
    expect(other.messages.length).toBeLessThan(10);
  });

  it("gives the stage the deadline of its caller, and tells the caller when it has passed", async () => {
    let left: number | undefined;
    const waiting = bidi(async function* waiting(input: Stream<unknown>, { deadline }): Stream<unknown> {
      left = (deadline ?? 0) - Date.now();
      yield* input;
    });
    const { port } = await hostStages({ waiting });
    const client = await new BareClient(port, "/waiting").say({ ...opening, timeout: 40 });
    await until(() => client.code !== undefined);
    expect([client.frames.at(-1), (left as number) > 0 && (left as number) <= 40]).toEqual([{ kind: "error", id: 1, error: expect.objectContaining({ code: "deadline_exceeded" }) }, true]);
  });

  it("tells an error of the stage without its cause, and its log with it", async () => {
    const error = new StageError("resource_exhausted", "Too many.", { reason: "rate-limit", retryAfter: 20, cause: new Error("secret") });
    const failing = bidi(async function* failing(_input: Stream<unknown>): Stream<string> {
      yield "a";
      throw error;
    });
    const { port, errors } = await hostStages({ failing });
    const client = await new BareClient(port, "/failing").say(opening);
    await until(() => client.code !== undefined);
    expect([client.frames, errors]).toEqual([[valueFrame("a"), { kind: "error", id: 2, error: { code: "resource_exhausted", message: "Too many.", reason: "rate-limit", retryAfter: 20 } }], [error]]);
  });

  it("gives the error of a client's input to the stage, and tells the client that it was its own", async () => {
    const { port, errors } = await hostStages({ exclaim });
    const client = await new BareClient(port, "/exclaim").say(opening);
    await until(() => client.frames.length === 1);
    const error = { code: "not_found", message: "No microphone." };
    await client.say({ kind: "error", id: 1, error });
    await until(() => client.code !== undefined);
    expect([client.frames.at(-1), errors]).toEqual([{ kind: "error", id: 1, error, isYours: true }, []]);
  });

  const takesValue = outputStream(async function* takesValue(_input: unknown): Stream<unknown> {});
  it.each([
    ["a path without a stage", "/toString", opening, { code: "not_found", reason: "route" }],
    ["a stage that takes a value", "/takesValue", opening, { code: "unimplemented", reason: "mode" }],
    ["another version", "/exclaim", { ...opening, version: 2 }, { code: "unimplemented", reason: "version" }],
    ["credit that is none", "/exclaim", { ...opening, credit: -1 }, { code: "invalid_argument", reason: "malformed" }],
    ["a timeout that is none", "/exclaim", { ...opening, timeout: "soon" }, { code: "invalid_argument", reason: "malformed" }],
    ["no open frame", "/exclaim", { kind: "cancel" }, { code: "invalid_argument", reason: "malformed" }],
  ])("refuses %s by an error frame", async (_name, path, frame, error) => {
    const { port, connections } = await hostStages({ exclaim, takesValue });
    const client = await new BareClient(port, path).say(frame);
    await until(() => client.code !== undefined && connections.size === 0);
    expect(client.frames).toEqual([{ kind: "error", id: 1, error: expect.objectContaining(error) }]);
  });

  it("refuses a run too many, and takes another when one is over", async () => {
    const { port } = await hostStages({ exclaim }, { maxRuns: 1 });
    const first = await new BareClient(port, "/exclaim").say(opening);
    await until(() => first.frames.length === 1);
    const second = new BareClient(port, "/exclaim");
    await until(() => second.code !== undefined);
    expect(second.frames).toEqual([{ kind: "error", id: 1, error: expect.objectContaining({ code: "unavailable", reason: "overloaded", retryAfter: 1000 }) }]);
    first.socket.terminate();
    await turns(20);
    const third = await new BareClient(port, "/exclaim").say(opening);
    await until(() => third.frames.length === 1);
    expect(third.frames).toEqual([{ kind: "credit", count: 64 }]);
  });

  it.each([
    ["a page of another origin", { headers: { origin: "https://evil.example" } }, 403],
    ["a client of another protocol", { protocols: ["graphql-ws"] }, 400],
    ["a client of another protocol, where no stage is", { protocols: [], path: "/nowhere" }, 404],
  ])("refuses %s in plain HTTP", async (_name, { path = "/exclaim", ...options }: { path?: string; headers?: Record<string, string>; protocols?: string[] }, status) => {
    const { port, connections } = await hostStages({ exclaim });
    const client = new BareClient(port, path, options);
    const response = await new Promise((resolve) => void client.socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode)));
    client.socket.terminate();
    await until(() => connections.size === 0);
    expect(response).toBe(status);
  });

  it("lets pages of its own host and of listed origins in", async () => {
    const { port } = await hostStages({ exclaim }, { origins: ["https://app.example.com"] });
    for (const origin of [`http://127.0.0.1:${port}`, "https://app.example.com"]) {
      const client = await new BareClient(port, "/exclaim", { headers: { origin } }).say(opening);
      await until(() => client.frames.length === 1);
      expect(client.frames).toEqual([{ kind: "credit", count: 64 }]);
    }
  });

  it("answers 501 where the handler takes no sockets", async () => {
    const { port } = await hostSockets(() => new Response());
    const client = new BareClient(port, "/exclaim");
    const response = await new Promise((resolve) => void client.socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode)));
    expect(response).toBe(501);
  });

  it("tells of each token that a client presents, and never sends it back", async () => {
    const tokens: unknown[] = [];
    const handler = serve({ exclaim });
    const acceptor = acceptorOf(handler);
    withSockets(handler, (asked) => {
      tokens.push(tokenOf(asked));
      return acceptor?.(asked) ?? { status: 500, headers: {}, body: undefined };
    });
    const { port } = await hostSockets(handler);
    const clients = [{ protocols: ["iftk.v1", bearerProtocol("a+/b==")] }, { headers: { authorization: "Bearer abc" } }, {}].map((options) => new BareClient(port, "/exclaim", options));
    for (const client of clients) await client.say(opening);
    expect([tokens, clients.map(({ socket }) => socket.protocol)]).toEqual([["a+/b==", "abc", undefined], ["iftk.v1", "iftk.v1", "iftk.v1"]]);
  });

  it("refuses a window that is none", () => {
    expect(() => serve({ exclaim }, { window: 0 })).toThrow("window must be a whole number from 1 on, not 0");
  });
});
