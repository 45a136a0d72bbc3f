import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { collect, ready, StageError } from "@iftk/core";
import type { AnyStage, Bidi, InputStream, ReadyStream, Stream } from "@iftk/core";
import { countedAbort, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { afterAll, describe, expect, expectTypeOf, it } from "vitest";
import { WebSocket as WsWebSocket } from "ws";
import { closeHosts, hostEcho, hostSockets } from "./fixtures/socket-host.js";
import { remote } from "./remote.js";

type Words = Bidi<string, string>;
type Join = InputStream<string, string>;

afterAll(closeHosts);

const words = (url: string | URL, options: object = {}) => remote<Words>(url, { ...options, mode: "bidi" });
const outcome = (stream: Stream<unknown>): Promise<unknown> => collect(stream).catch((error: unknown) => error);
const truncated = expect.objectContaining({ code: "unavailable", reason: "truncated" }) as unknown;
const value = (text: string, id = 1) => ({ kind: "value", id, value: text });

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !condition(); turn += 1) await turns();
  expect(condition()).toBe(true);
}

const echo = await hostEcho();
const joined = await hostSockets((guest) => {
  let text = "";
  guest.onFrame((frame) => {
    if (frame instanceof Uint8Array) return;
    if (frame.kind === "open") guest.say({ kind: "credit", count: 64 });
    else if (frame.kind === "value") text += frame.value as string;
    else if (frame.kind === "error") guest.say({ ...frame, isYours: true });
    else if (frame.kind === "end") guest.say([value(text), { kind: "end", id: 2 }]);
  });
});
stageLaws("a remote bidi stage", { stage: () => words(echo.url), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], readsAhead: 64, soon: 20, isReleased: () => echo.open === 0 });
stageLaws("a remote bidi stage, over the sockets of a library", { stage: () => words(echo.url, { webSocket: WsWebSocket, window: 2 }), input: ["a", "b", "c"], output: ["a!", "b!", "c!"], readsAhead: 64, soon: 20, isReleased: () => echo.open === 0 });
stageLaws("a remote input stream", { stage: () => remote<Join>(joined.url, { mode: "input-stream" }), input: ["a", "b"], output: ["ab"], readsAhead: 64, soon: 20, isReleased: () => joined.open === 0 });

describe("remote, over a WebSocket", () => {
  it("has the mode and the types of the stage, and asks for the mode", () => {
    expectTypeOf(remote<Bidi<number, string>>("/words", { mode: "bidi" })).toEqualTypeOf<Bidi<number, string>>();
    expectTypeOf(remote<Join>("/join", { mode: "input-stream" })).toEqualTypeOf<Join>();
    // @ts-expect-error the mode is not what goes without saying
    const wrong: AnyStage = remote<Words>("/words");
    // @ts-expect-error one stream, not two
    remote<Join>("/join", { mode: "bidi" });
    expect([wrong.mode, words("http://host/v1/words?key=1").label, remote<Join>("/join", { mode: "input-stream" }).mode]).toEqual(["output-stream", "words", "input-stream"]);
  });

  it("opens with its credit and the time that is left, and sends no more than it is asked for", async () => {
    const server = await hostSockets((guest) => guest.onFrame((frame) => "kind" in frame && frame.kind === "open" && guest.say({ kind: "credit", count: 2 })));
    const source = tracked(feed("a", "b", "c"));
    const iterator = words(server.url, { window: 7 })(source, { deadline: Date.now() + 60_000 })[Symbol.asyncIterator]();
    const read = iterator.next();
    await until(() => server.guests[0]?.frames.length === 3);
    await turns(20);
    const [guest] = server.guests;
    expect([guest?.protocols, guest?.frames, source.pulled]).toEqual([["iftk.v1"], [{ kind: "open", version: 1, credit: 7, timeout: expect.any(Number) }, value("a"), value("b", 2)], 2]);
    guest?.say({ kind: "credit", count: 1 });
    await until(() => guest?.frames.length === 4);
    await iterator.return?.();
    await read;
    expect(source.closed).toBe(1);
  });

  it("asks for more as its consumer takes", async () => {
    const server = await hostSockets((guest) => guest.onFrame((frame) => "kind" in frame && frame.kind === "open" && guest.say(Array.from({ length: 8 }, (_, index) => value("a", index + 1)))));
    const iterator = words(server.url, { window: 8 })(hang())[Symbol.asyncIterator]();
    const credits = (): number => server.guests[0]?.frames.reduce((sum, frame) => sum + ("kind" in frame && frame.kind === "credit" ? frame.count : 0), 0) ?? 0;
    for (let count = 0; count < 4; count += 1) await iterator.next();
    await turns(20);
    expect(credits()).toBe(0);
    await iterator.next();
    await until(() => credits() === 4);
    await iterator.return?.();
  });

  it("gives all values of one message at once", async () => {
    const server = await hostSockets((guest) => guest.onFrame((frame) => "kind" in frame && frame.kind === "open" && guest.say([value("a"), value("b", 2), { kind: "end", id: 3 }])));
    const reader = (words(server.url)(hang()) as ReadyStream<string>)[ready]();
    expect([await reader.read(), await reader.read()]).toEqual([["a", "b"], undefined]);
  });

  it("gives bytes as bytes, on their own ground", async () => {
    const server = await hostSockets((guest) => guest.onFrame((frame) => "kind" in frame && frame.kind === "open" && guest.say(new Uint8Array([1, 2]), { kind: "end", id: 2 })));
    const [bytes] = await collect(remote<Bidi<string, Uint8Array>>(server.url, { mode: "bidi" })(hang()));
    expect([bytes, bytes?.buffer.byteLength]).toEqual([new Uint8Array([1, 2]), 2]);
  });

  it.each([
    ["a text", "abc", ["iftk.bearer.YWJj"]],
    ["a function", () => "abc", ["iftk.bearer.YWJj"]],
    ["a promise", async () => "abc", ["iftk.bearer.YWJj"]],
    ["nothing", undefined, []],
  ])("presents its token, from %s, as a subprotocol", async (_name, token, protocols) => {
    const server = await hostEcho();
    await collect(words(server.url, { token })(feed("a")));
    expect(server.guests[0]?.protocols).toEqual(["iftk.v1", ...protocols]);
  });

  it("connects not at all without its token, or when it is left before that is there", async () => {
    const server = await hostEcho();
    const error = new Error("Signed out.");
    expect(await outcome(words(server.url, { token: () => Promise.reject(error) })(feed("a")))).toBe(error);
    const abort = new AbortController();
    const reading = outcome(words(server.url, { token: async () => (await turns(5), "abc") })(feed("a"), { signal: abort.signal }));
    await turns(3);
    abort.abort(error);
    expect(await reading).toBe(error);
    await turns(20);
    expect(server.guests.length).toBe(0);
  });

  it("completes a relative URL by that of the page", async () => {
    const server = await hostEcho();
    Object.assign(globalThis, { location: { href: server.url.replace("words", "page/#top") } });
    try {
      expect(await collect(words("../words#part")(feed("a")))).toEqual(["a!"]);
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
    expect(await outcome(words("/words")(feed("a")))).toEqual(expect.objectContaining({ code: "unavailable" }));
  });

  it.each([
    ["before the open frame", []],
    ["before its first value", ["credit"]],
    ["before its end mark", ["credit", "value"]],
  ])("never takes an answer for whole that is cut %s", async (_name, kinds) => {
    for (const end of ["close", "terminate"] as const) {
      const server = await hostSockets((guest) =>
        guest.onFrame((frame) => {
          if (!("kind" in frame) || frame.kind !== "open") return;
          for (const kind of kinds) guest.say({ kind, id: 1, count: 2, value: "a" });
          guest.socket[end]();
        }),
      );
      const source = tracked(hang("a"));
      expect(await outcome(words(server.url)(source))).toEqual(truncated);
      expect([source.opened - source.closed, await remote<Join>(server.url, { mode: "input-stream" })(hang()).catch((error: unknown) => error)]).toEqual([0, truncated]);
    }
  });

  it("throws unavailable where no server is, and where the upgrade is refused", async () => {
    const server = await hostEcho();
    closeHosts();
    const refusing = createServer((_request, response) => void response.writeHead(403).end()).listen(0, "127.0.0.1");
    await once(refusing, "listening");
    const failed = new StageError("unavailable", "The connection to the server failed.");
    for (const webSocket of [globalThis.WebSocket, WsWebSocket]) {
      for (const url of [server.url, `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/words`]) expect(await outcome(words(url, { webSocket })(feed("a")))).toEqual(failed);
    }
    refusing.close();
  });

  it("throws what an error frame stands for, after what came before it, and closes the source", async () => {
    const error = new StageError("resource_exhausted", "Too many.", { reason: "rate-limit", retryAfter: 20, stage: "chat" });
    const { code, message, reason, retryAfter, stage } = error;
    const frame = { kind: "error", id: 2, error: { code, message, reason, retryAfter, stage } };
    const server = await hostSockets((guest) => guest.onFrame((opened) => "kind" in opened && opened.kind === "open" && guest.say([value("a"), { kind: "credit", count: 2 }, frame])));
    const source = tracked(hang<string>());
    const seen: string[] = [];
    await expect((async () => {
      for await (const word of words(server.url)(source)) seen.push(word);
    })()).rejects.toEqual(error);
    expect([seen, source.opened - source.closed]).toEqual([["a"], 0]);
    const refusing = await hostSockets((guest) => guest.say(frame));
    await expect(remote<Join>(refusing.url, { mode: "input-stream" })(hang())).rejects.toEqual(error);
    await until(() => server.open + refusing.open === 0);
  });

  it.each([
    ["no JSON", "?", { code: "internal", reason: "malformed" }],
    ["a frame of no kind that it knows", { kind: "rollback", to: 1 }, { code: "unimplemented" }],
    ["an open frame", { kind: "open", version: 1, credit: 1 }, { code: "internal", reason: "malformed" }],
    ["more values than it asked for", [value("a"), value("b", 2), value("c", 3)], { code: "resource_exhausted", reason: "credit" }],
    ["a message without measure", "x".repeat(2 ** 24 + 1), { code: "resource_exhausted", reason: "too-large" }],
  ])("is not fooled by a server that sends %s", async (_name, frame, error) => {
    const server = await hostSockets((guest) => guest.onFrame((opened) => "kind" in opened && opened.kind === "open" && guest.say(frame)));
    const source = tracked(hang("a"));
    expect(await outcome(words(server.url, { window: 2 })(source))).toEqual(expect.objectContaining(error));
    await until(() => server.open === 0);
    expect(source.opened).toBe(source.closed);
  });

  it("closes the source when the server reads no more of it, and reads on", async () => {
    const server = await hostSockets((guest) =>
      guest.onFrame((frame) => {
        if (!("kind" in frame)) return;
        if (frame.kind === "open") guest.say({ kind: "credit", count: 4 });
        else if (frame.kind === "value") guest.say({ kind: "cancel" }, value("late"), { kind: "end", id: 2 });
      }),
    );
    const source = tracked(hang("a"));
    expect([await collect(words(server.url)(source)), source.closed]).toEqual([["late"], 1]);
  });

  it("tells the server when its consumer leaves, wherever the answer is", async () => {
    const server = await hostEcho();
    for (let wait = 0; wait < 30; wait += 1) {
      const abort = countedAbort();
      const source = tracked(hang("a", "b"));
      const iterator = words(server.url)(source, { signal: abort.signal })[Symbol.asyncIterator]();
      const read = iterator.next();
      await turns(wait);
      if (wait > 20) await read;
      if (wait % 2) await iterator.return?.();
      else abort.abort(new Error("enough"));
      await read.catch(() => {});
      await until(() => server.open === 0);
      expect([abort.listeners, source.opened - source.closed]).toEqual([0, 0]);
    }
    expect(server.guests.at(-1)?.frames.at(-1)).toEqual({ kind: "cancel" });
  });

  it("tells a server that hears nothing of the input when the call is aborted, and does not connect after that", async () => {
    const server = await hostSockets((guest) => guest.onFrame((frame) => "kind" in frame && frame.kind === "open" && guest.say({ kind: "credit", count: 64 })));
    for (const [index, source] of [hang("a"), feed("a")].entries()) {
      const abort = countedAbort();
      const run = remote<Join>(server.url, { mode: "input-stream" })(source, { signal: abort.signal });
      await until(() => server.guests[index]?.frames.some((frame) => "kind" in frame && frame.kind === "value") ?? false);
      abort.abort(new Error("enough"));
      await expect(run).rejects.toThrow("enough");
      await until(() => server.open === 0);
      expect([server.guests.at(-1)?.frames.at(-1), abort.listeners]).toEqual([{ kind: "cancel" }, 0]);
    }
    const abort = new AbortController();
    const early = remote<Join>(server.url, { mode: "input-stream" })(hang("a"), { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(early).rejects.toThrow("enough");
    await turns(50);
    expect(server.guests).toHaveLength(2);
  });
});
