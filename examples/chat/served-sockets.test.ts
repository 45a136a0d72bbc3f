/** Remote stages that take streams, over a real server, keep the laws. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { bidi, collect, each, inputStream, map, pipe, StageError, unary } from "@iftk/core";
import type { OutputStream, Stream } from "@iftk/core";
import { failing, feed, hang, stageLaws, tracked, turns } from "@iftk/testing";
import { afterAll, describe, expect, test } from "vitest";
import { remote } from "@iftk/client";
import { serve, toNodeListener, toUpgradeListener } from "@iftk/server";

const state = { runs: 0, abortedAt: 0 };
async function* counted<T>(values: Stream<T>): Stream<T> {
  state.runs += 1;
  try {
    yield* values;
  } finally {
    state.runs -= 1;
  }
}
const exclaim = bidi(async function* exclaim(words: Stream<string>) {
  yield* counted((async function* () {
    for await (const word of words) yield `${word}!`;
  })());
});
const join = inputStream(async function join(words: Stream<string>) {
  return (await collect(counted(words))).join("");
});
const same = map((value: unknown) => value);
const sum = inputStream(async function sum(pieces: Stream<Uint8Array>) {
  let total = 0;
  for await (const piece of pieces) for (const byte of piece) total += byte;
  return total;
});
const firstOf = bidi(async function* firstOf(words: Stream<string>) {
  for await (const word of words) {
    yield word;
    break;
  }
  await turns(20);
  yield "end";
});
const failingAfter = bidi(async function* failingAfter(words: Stream<string>): Stream<string> {
  for await (const word of words) {
    yield word;
    throw new StageError("resource_exhausted", "One is enough.", { reason: "rate-limit", retryAfter: 10 });
  }
});
const watched = bidi(async function* watched(words: Stream<string>, { signal }) {
  signal.addEventListener("abort", () => (state.abortedAt = performance.now()));
  yield* counted(words);
});

const handler = serve({ exclaim, join, same, sum, firstOf, failingAfter, watched });
const server = createServer(toNodeListener(handler));
const sockets = new Set<Duplex>();
const upgrade = toUpgradeListener(handler);
server.on("upgrade", (request, socket, head: Buffer) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  upgrade(request, socket, head);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => {
  server.close();
  server.closeAllConnections();
  for (const socket of sockets) socket.destroy();
});
const at = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const isReleased = () => sockets.size === 0 && state.runs === 0;
const released = async () => {
  for (let turn = 0; turn < 2000 && !isReleased(); turn += 1) await turns();
  expect(isReleased()).toBe(true);
};

for (const window of [64, 1]) {
  stageLaws(`a stage from stream to stream, over a WebSocket with a window of ${window}`, {
    stage: () => remote<typeof exclaim>(at("exclaim"), { mode: "bidi", window }),
    input: ["a é", "b 🦊", "c"],
    output: ["a é!", "b 🦊!", "c!"],
    readsAhead: 64,
    soon: 20,
    isReleased,
  });
}
stageLaws("a stage from a stream to a value, over a WebSocket", {
  stage: () => remote<typeof join>(at("join"), { mode: "input-stream" }),
  input: ["a", "b", "c"],
  output: ["abc"],
  readsAhead: 64,
  soon: 20,
  isReleased,
});

describe("a stage that is served and called over a WebSocket", () => {
  test("takes its place in a pipeline with those that are called with POST and those that run here", async () => {
    const stage = pipe(each(unary((word: string) => word.trim())), remote<typeof exclaim>(at("exclaim"), { mode: "bidi" }), remote<typeof join>(at("join"), { mode: "input-stream" }));
    const joined: string = await stage(feed(" a", "b "));
    expect([stage.mode, joined]).toEqual(["input-stream", "a!b!"]);
  });

  test("takes and gives bytes", async () => {
    const pieces = [new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array(100_000).fill(1)];
    expect(await remote<typeof sum>(at("sum"), { mode: "input-stream" })(feed(...pieces))).toBe(100_003);
    expect(await collect(remote<typeof same>(at("same"), { mode: "bidi" })(feed(...pieces)))).toEqual(pieces);
  });

  test("keeps memory flat over 10,000 messages, however slow its reader is", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    let given = 0;
    async function* source() {
      while (given < 10_000) yield { index: (given += 1), text: "x".repeat(1000) };
    }
    const heaps: number[] = [];
    let ahead = 0;
    let read = 0;
    for await (const value of remote<typeof same>(at("same"), { mode: "bidi" })(source())) {
      expect((value as { index: number }).index).toBe((read += 1));
      ahead = Math.max(ahead, given - read);
      if (read % 20 === 0) await turns();
      if (read % 1000 !== 0) continue;
      collectGarbage();
      heaps.push(process.memoryUsage().heapUsed);
    }
    expect([read, ahead <= 4 * 64, Math.max(...heaps) - Math.min(...heaps) < 3_000_000]).toEqual([10_000, true, true]);
  });

  test("is stopped within 50 ms when its consumer leaves", { retry: 3 }, async () => {
    const source = tracked(hang("a"));
    const iterator = remote<typeof watched>(at("watched"), { mode: "bidi" })(source)[Symbol.asyncIterator]();
    await iterator.next();
    const leftAt = performance.now();
    await iterator.return?.();
    expect(source.closed).toBe(1);
    await released();
    expect(state.abortedAt - leftAt).toBeLessThan(50);
  });

  test("returns its source within 50 ms when it reads no more of it, and when it fails", { retry: 3 }, async () => {
    async function* alive() {
      try {
        for (;;) {
          yield "a";
          await turns(2);
        }
      } finally {
        returnedAt = performance.now();
      }
    }
    let returnedAt = 0;
    const words = remote<typeof firstOf>(at("firstOf"), { mode: "bidi" })(alive())[Symbol.asyncIterator]();
    await words.next();
    let answeredAt = performance.now();
    expect([await words.next(), await words.next(), returnedAt - answeredAt < 50]).toEqual([{ done: false, value: "end" }, { done: true, value: undefined }, true]);
    const failed = remote<typeof failingAfter>(at("failingAfter"), { mode: "bidi" })(alive())[Symbol.asyncIterator]();
    await failed.next();
    answeredAt = performance.now();
    await expect(failed.next()).rejects.toEqual(new StageError("resource_exhausted", "One is enough.", { reason: "rate-limit", retryAfter: 10 }));
    expect(returnedAt - answeredAt).toBeLessThan(50);
    await released();
  });

  test("fails as its source fails, and at its deadline", async () => {
    const error = new Error("No microphone.");
    await expect(collect(remote<typeof exclaim>(at("exclaim"), { mode: "bidi" })(failing(error, "a")))).rejects.toBe(error);
    const late = remote<typeof exclaim>(at("exclaim"), { mode: "bidi" })(hang("a"), { deadline: Date.now() + 50 });
    await expect(collect(late)).rejects.toEqual(expect.objectContaining({ code: "deadline_exceeded" }));
    await released();
  });

  test("is refused in the words of the server where the mode or the path is wrong", async () => {
    const wrong = remote<typeof exclaim>(at("nowhere"), { mode: "bidi" });
    await expect(collect(wrong(feed("a")))).rejects.toEqual(new StageError("not_found", "There is no stage at this path.", { reason: "route" }));
    const posted = remote<OutputStream<string, string>>(at("exclaim"));
    await expect(collect(posted("a"))).rejects.toEqual(expect.objectContaining({ code: "unimplemented", reason: "mode", message: expect.stringContaining("over a WebSocket") }));
  });
});
