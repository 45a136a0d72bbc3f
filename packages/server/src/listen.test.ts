import { outputStream } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { countedAbort, turns } from "@iftk/testing";
import { describe, expect, it } from "vitest";
import { listen } from "./listen.js";
import { serve } from "./serve.js";

const page = () => new Response("page");

/** A stage that gives a value and then waits for the test. */
function gated() {
  const state = { closed: false, open: () => {} };
  const wait = new Promise<void>((resolve) => (state.open = resolve));
  const stage = outputStream(async function* gated(_input: unknown, { signal }): Stream<string> {
    const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    try {
      yield "a";
      await Promise.race([wait, left]);
      yield "b";
    } finally {
      state.closed = true;
    }
  });
  return { state, stage };
}

const start = async (url: string) => {
  const response = await fetch(`${url}/stage`, { method: "POST", headers: { "content-type": "application/json" }, body: "1" });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  return reader;
};

describe("listen", () => {
  it("takes a free port of this machine and says where", async () => {
    await using server = await listen(page, { port: 0 });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe("page");
  });

  it("names a server on all addresses by one that can be reached", async () => {
    await using server = await listen(page, { port: 0, host: "0.0.0.0" });
    expect(server.url).toBe(`http://localhost:${server.port}`);
  });

  it("says that a port is taken and how to choose another", async () => {
    await using server = await listen(page, { port: 0 });
    await expect(listen(page, { port: server.port })).rejects.toEqual(
      expect.objectContaining({
        code: "failed_precondition",
        reason: "port-taken",
        message: expect.stringMatching(new RegExp(`^Port ${server.port} on 127.0.0.1 is taken by another program. Choose another port, such as PORT=\\d+, or PORT=0`)),
      }),
    );
  });

  it("lets an answer that runs come to its end before it is closed", async () => {
    const { stage, state } = gated();
    const server = await listen(serve({ stage }), { port: 0 });
    const reader = await start(server.url);
    let isClosed = false;
    const closing = server.close().then(() => (isClosed = true));
    await turns(10);
    await expect(fetch(server.url)).rejects.toThrow();
    expect([isClosed, state.closed]).toEqual([false, false]);
    state.open();
    let text = "";
    for (let part; !(part = await reader.read()).done; ) text += new TextDecoder().decode(part.value);
    expect(text).toBe('id: 2\ndata: "b"\n\nevent: end\nid: 3\ndata: {}\n\n');
    await closing;
  });

  it("cuts an answer that goes on after the grace, and ends its stage", async () => {
    const { stage, state } = gated();
    const server = await listen(serve({ stage }), { port: 0 });
    const reader = await start(server.url);
    await server.close({ grace: 1 });
    await expect(reader.read()).rejects.toThrow();
    await turns(5);
    expect(state.closed).toBe(true);
  });

  it("closes when its signal fires, and leaves no listener on it", async () => {
    const abort = countedAbort();
    const server = await listen(page, { port: 0, signal: abort.signal });
    expect(abort.listeners).toBe(1);
    await server.close();
    expect(abort.listeners).toBe(0);
    const other = await listen(page, { port: 0, signal: abort.signal });
    abort.abort();
    await other.close();
    await expect(fetch(other.url)).rejects.toThrow();
    await expect(listen(page, { port: 0, signal: abort.signal })).rejects.toThrow();
  });
});
