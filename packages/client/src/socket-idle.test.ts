import { StageError } from "@iftk/core";
import type { Bidi, OutputStream, Stream } from "@iftk/core";
import { feed, hang, turns } from "@iftk/testing";
import type { SocketFrame } from "@iftk/wire";
import { afterEach, describe, expect, it, vi } from "vitest";
import { remote } from "./remote.js";
import type { RemoteOptions, WebSocketLike } from "./remote-options.js";

// Loaded before the clock is a virtual one.
await import("./call-socket.js");

afterEach(() => void vi.useRealTimers());

/** A WebSocket whose server is the test. */
class ScriptedSocket implements WebSocketLike {
  static last: ScriptedSocket | undefined;
  readonly sent: string[] = [];
  readonly #listeners = new Map<string, (event: object) => void>();
  binaryType = "";
  isClosed = false;

  constructor() {
    ScriptedSocket.last = this;
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.#listeners.set(type, listener);
  }

  send(message: string | Uint8Array): void {
    this.sent.push(message as string);
  }

  close(): void {
    this.isClosed = true;
  }

  emit(type: string, event: object = {}): void {
    this.#listeners.get(type)?.(event);
  }

  say(frame: SocketFrame): void {
    this.emit("message", { data: JSON.stringify(frame) });
  }
}

/** Reads a stage until it is over. */
async function read(input: Stream<string>, options: RemoteOptions) {
  const state = { seen: [] as string[], error: undefined as unknown };
  void (async () => {
    for await (const word of remote<Bidi<string, string>>("ws://host/words", { ...options, mode: "bidi", webSocket: ScriptedSocket })(input)) state.seen.push(word);
  })().catch((error: unknown) => (state.error = error));
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(1);
  return { state, socket: ScriptedSocket.last as ScriptedSocket };
}

const idle = new StageError("deadline_exceeded", "No content came for 1000 ms.", { reason: "idle" });

describe("the idle timeout of a remote stage over a WebSocket", () => {
  it("gives up on a connection that does not open", async () => {
    vi.useFakeTimers();
    const { state, socket } = await read(feed("a"), { idleTimeout: 1000 });
    await vi.advanceTimersByTimeAsync(998);
    expect(state.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await turns(2);
    expect([state.error, socket.isClosed, socket.sent, vi.getTimerCount()]).toEqual([idle, true, [], 0]);
  });

  it("gives up when no content comes for the idle time, which starts again with each value", async () => {
    vi.useFakeTimers();
    const { state, socket } = await read(feed<string>(), { idleTimeout: 1000 });
    socket.emit("open");
    socket.say({ kind: "credit", count: 1 });
    for (let round = 1; round <= 3; round += 1) {
      await vi.advanceTimersByTimeAsync(900);
      socket.say({ kind: "value", id: round, value: "a" });
      await vi.advanceTimersByTimeAsync(0);
    }
    await vi.advanceTimersByTimeAsync(999);
    expect(state).toEqual({ seen: ["a", "a", "a"], error: undefined });
    await vi.advanceTimersByTimeAsync(1);
    expect([state.error, socket.isClosed, vi.getTimerCount()]).toEqual([idle, true, 0]);
  });

  it("counts no time in which the server waits for the input, nor a slow consumer's", async () => {
    vi.useFakeTimers();
    const { state, socket } = await read(hang("a"), { idleTimeout: 1000 });
    socket.emit("open");
    socket.say({ kind: "credit", count: 2 });
    await vi.advanceTimersByTimeAsync(100_000);
    await turns();
    expect([state.error, JSON.parse(socket.sent.at(-1) ?? "")]).toEqual([undefined, { kind: "value", id: 1, value: "a" }]);
    socket.say({ kind: "end", id: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect([state, vi.getTimerCount()]).toEqual([{ seen: [], error: undefined }, 0]);
  });

  it("waits for ever where that is asked", async () => {
    vi.useFakeTimers();
    const { state, socket } = await read(feed("a"), { idleTimeout: 0 });
    socket.emit("open");
    expect(vi.getTimerCount()).toBe(0);
    socket.say({ kind: "end", id: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(state.error).toBeUndefined();
  });
});

describe("the deadline of a call", () => {
  it("travels as the time that is left when the connection opens", async () => {
    vi.useFakeTimers();
    const stage = remote<Bidi<string, string>>("ws://host/words", { mode: "bidi", webSocket: ScriptedSocket });
    const reading = stage(hang(), { deadline: Date.now() + 500 })[Symbol.asyncIterator]().next().catch((error: unknown) => error);
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(100);
    const socket = ScriptedSocket.last as ScriptedSocket;
    socket.emit("open");
    expect(socket.sent).toEqual([JSON.stringify({ kind: "open", version: 1, credit: 64, timeout: 400 })]);
    await vi.advanceTimersByTimeAsync(400);
    expect([await reading, socket.isClosed]).toEqual([expect.objectContaining({ code: "deadline_exceeded" }), true]);
  });

  it("travels with a POST, beside the token", async () => {
    vi.useFakeTimers();
    const sent: (string | null)[][] = [];
    const fetch = async (_url: unknown, { headers }: RequestInit): Promise<Response> => {
      sent.push(["iftk-timeout", "authorization"].map((name) => new Headers(headers).get(name)));
      return new Response('event: end\nid: 1\ndata: {}\n\n', { headers: { "content-type": "text/event-stream" } });
    };
    const stage = remote<OutputStream<string, string>>("http://host/words", { fetch, token: async () => "abc" });
    for (const deadline of [Date.now() + 250, Infinity, undefined]) for await (const word of stage("in", { deadline })) expect(word).toBe("none");
    expect(sent).toEqual([["250", "Bearer abc"], [null, "Bearer abc"], [null, "Bearer abc"]]);
  });
});
