import { bidi, StageError } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { until } from "./fixtures/loopback.js";
import { BareClient, closeSockets, hostStages, opening, valueFrame } from "./fixtures/sockets.js";

afterEach(closeSockets);

/** A stage that reads its input and does not end by itself, and what became of it. */
function watched() {
  const state = { begun: 0, aborted: 0, closed: 0, abortedAt: 0, failure: undefined as unknown };
  const stage = bidi(async function* watched(input: Stream<unknown>, { signal }): Stream<unknown> {
    state.begun++;
    signal.addEventListener("abort", () => {
      state.aborted++;
      state.abortedAt = performance.now();
    });
    try {
      yield "begun";
      for await (const value of input) yield value;
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    } catch (error) {
      state.failure = error;
      throw error;
    } finally {
      state.closed++;
    }
  });
  return { state, stage };
}

const begun = async (port: number, path = "/stage"): Promise<BareClient> => {
  const client = await new BareClient(port, path).say(opening);
  await until(() => client.frames.length === 2);
  return client;
};

describe("a client of a socket that leaves", () => {
  it.each([
    ["by a cancel frame", async (client: BareClient) => client.say({ kind: "cancel" })],
    ["by closing", async (client: BareClient) => client.socket.close(1000)],
    ["by closing in the words of a browser whose page goes", async (client: BareClient) => client.socket.close(1001)],
    ["without a word", async (client: BareClient) => client.socket.terminate()],
    ["with a frame that is none", async (client: BareClient) => client.say("?")],
    ["with text that is no UTF-8", async (client: BareClient) => client.socket.send(Buffer.from([0xff]), { binary: false })],
  ])("stops the stage within 50 ms: %s", { retry: 3 }, async (_name, leave) => {
    const { state, stage } = watched();
    const { port, connections, errors } = await hostStages({ stage }, { maxRuns: 1 });
    const client = await begun(port);
    const leftAt = performance.now();
    await leave(client);
    await until(() => state.closed === 1 && state.aborted === 1);
    expect(state.abortedAt - leftAt).toBeLessThan(50);
    client.socket.close();
    await until(() => connections.size === 0);
    await begun(port);
    expect([state.begun, errors]).toEqual([2, []]);
  });

  it("stops it wherever it is", async () => {
    const { state, stage } = watched();
    const { port, connections } = await hostStages({ stage });
    for (let wait = 0; wait < 40; wait++) {
      const client = new BareClient(port, "/stage");
      void client.say(opening, { kind: "end", id: 1 }).catch(() => {});
      await turns(wait);
      client.socket.terminate();
    }
    await until(() => connections.size === 0 && state.begun === state.closed);
    expect(state.begun).toBeGreaterThan(0);
  });

  it("cuts the input of the stage, which is no end of it", async () => {
    const { state, stage } = watched();
    const { port } = await hostStages({ stage });
    const client = await begun(port);
    client.socket.close(1000);
    await until(() => state.closed === 1);
    expect(state.failure).toEqual(new StageError("unavailable", "The connection ended before the stream did.", { reason: "truncated" }));
  });

  it("is taken for gone when it gives no sign of life between two pings", async () => {
    const { state, stage } = watched();
    const { port } = await hostStages({ stage }, { heartbeat: 20 });
    const alive = await begun(port);
    const deaf = await begun(port);
    deaf.socket.pause();
    await until(() => deaf.code !== undefined || state.closed === 1);
    await turns(200);
    expect([state.closed, alive.code]).toEqual([1, undefined]);
  });

  it("that says nothing at all is cut off", async () => {
    const { stage } = watched();
    const { port, errors } = await hostStages({ stage }, { maxRuns: 1 });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const client = new BareClient(port, "/stage");
      await new Promise((resolve) => void client.socket.on("open", resolve));
      vi.advanceTimersByTime(10_000);
      await until(() => client.code !== undefined);
      expect([client.frames, errors]).toEqual([[{ kind: "error", id: 1, error: expect.objectContaining({ code: "deadline_exceeded", reason: "idle" }) }], []]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a message that is too large", () => {
  it("is answered by an error frame, and the stage is stopped", async () => {
    const { state, stage } = watched();
    const { port } = await hostStages({ stage }, { maxMessageBytes: 1000 });
    for (const large of [valueFrame("x".repeat(1000)), new Uint8Array(1001)]) {
      const client = await begun(port);
      await client.say(large);
      await until(() => client.code !== undefined);
      expect(client.frames.at(-1)).toEqual({ kind: "error", id: 2, error: { code: "resource_exhausted", reason: "too-large", message: "A message is larger than the 1000 bytes that this end takes; send smaller values." } });
    }
    await until(() => state.closed === 2);
    const client = await begun(port);
    await client.say(new Uint8Array(1000));
    await until(() => client.frames.length === 3);
  });

  it("is not read before it is refused", async () => {
    const { stage } = watched();
    const { port, connections } = await hostStages({ stage }, { maxMessageBytes: 1000 });
    const client = await begun(port);
    const [connection] = connections;
    client.socket.send(new Uint8Array(2 ** 26));
    await until(() => client.frames.length === 3);
    expect(connection?.bytesRead).toBeLessThan(2 ** 24);
  });
});

describe("a client of a socket that reads slowly", () => {
  it("gets no more values than it asked for", async () => {
    let produced = 0;
    const endless = bidi(async function* endless(_input: Stream<unknown>) {
      for (;;) yield (produced += 1);
    });
    const { port } = await hostStages({ endless });
    const client = await new BareClient(port, "/endless").say({ ...opening, credit: 3 });
    await until(() => client.frames.length === 3);
    await turns(50);
    expect([produced, client.frames.length]).toEqual([3, 3]);
    await client.say({ kind: "credit", count: 2 });
    await until(() => client.frames.length === 5);
    await turns(50);
    expect(produced).toBe(5);
  });

  it("holds the stage up when its connection takes no more, whatever it asked for", async () => {
    let produced = 0;
    const endless = bidi(async function* endless(_input: Stream<unknown>) {
      for (;;) {
        produced += 1;
        yield "x".repeat(100_000);
      }
    });
    const { port } = await hostStages({ endless });
    const client = await new BareClient(port, "/endless").say({ ...opening, credit: 2 ** 31 - 1 });
    client.socket.pause();
    let last = -1;
    while (last !== produced) {
      last = produced;
      await turns(200);
    }
    expect(produced).toBeLessThan(300);
    client.socket.resume();
    await until(() => produced > last + 100);
  });
});
