import { outputStream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, dial, endless, host, hostStages, post, requestText, until } from "./fixtures/loopback.js";

afterEach(closeAll);

const words = outputStream(async function* words(text: string) {
  yield* text.split(" ");
});

describe("toNodeListener, with a client that leaves or does not read", () => {
  it("stops the stage when the client leaves, whenever that is", async () => {
    const { stage, state } = endless(1);
    const port = await hostStages({ stage }, { headersAfter: 0 });
    for (let wait = 0; wait < 60; wait += 1) {
      const before = { ...state };
      const { socket } = await dial(port, requestText("/stage", "1"));
      await turns(wait);
      if (wait % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
      if (state.produced === before.produced) await turns(20);
    }
    await turns(50);
    await until(() => state.closed === state.aborted);
    const settled = state.produced;
    await turns(20);
    expect([state.produced, state.closed]).toEqual([settled, state.aborted]);
    expect(state.aborted).toBeGreaterThan(40);
  });

  it("stops the stage of a client that leaves without having read", async () => {
    const { stage, state } = endless(0);
    const port = await hostStages({ stage });
    const { socket } = await dial(port, requestText("/stage", "1"));
    socket.pause();
    await until(() => state.produced > 50);
    socket.resetAndDestroy();
    await until(() => state.closed === 1);
    expect(state.aborted).toBe(1);
  });

  it("fires the stage's signal in the turn in which the connection closes", async () => {
    const { stage, state } = endless(1);
    const order: string[] = [];
    const port = await hostStages({ stage }, {}, (response) => {
      response.on("close", () => order.push(`before ${state.aborted}`));
      queueMicrotask(() => response.on("close", () => order.push(`after ${state.aborted}`)));
    });
    const { socket, received } = await dial(port, requestText("/stage", "1"));
    await until(() => received().length > 2000);
    socket.destroy();
    await until(() => order.length === 2);
    expect(order).toEqual(["before 0", "after 1"]);
  });

  it("reads from the stage no further than a client that does not read can take", async () => {
    const { stage, state } = endless(0);
    const port = await hostStages({ stage });
    const { socket } = await dial(port, requestText("/stage", "1"));
    socket.pause();
    let last = -1;
    while (last !== state.produced) {
      last = state.produced;
      await turns(100);
    }
    // The operating system's buffers of both ends hold the most of it.
    expect(state.produced).toBeLessThan(20_000);
    socket.resume();
    await until(() => state.produced > last + 1000);
    socket.destroy();
    await until(() => state.closed === 1);
  });

  it("cuts a client that goes on sending a refused body", async () => {
    const port = await hostStages({ words });
    const { socket } = await dial(port, "POST /words HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    const piece = `10000\r\n${"a".repeat(2 ** 16)}\r\n`;
    let isOpen = true;
    let goOn = (): void => {};
    socket.on("drain", () => goOn());
    socket.on("close", () => {
      isOpen = false;
      goOn();
    });
    for (let count = 0; count < 1000 && isOpen; count += 1) {
      if (!socket.write(piece)) await new Promise<void>((resolve) => (goOn = resolve));
    }
    expect(isOpen).toBe(false);
  });

  it("ends the run of a client that leaves in the middle of its body", async () => {
    const port = await hostStages({ words }, { maxRuns: 1 });
    const { socket } = await dial(port, "POST /words HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n\"abc");
    await turns(5);
    expect((await post(port, "/words", "a")).status).toBe(503);
    socket.destroy();
    await turns(20);
    expect((await post(port, "/words", "a")).status).toBe(200);
  });

  it("copies any other body no faster than the client reads, and cancels it when the client leaves", async () => {
    let pulled = 0;
    let canceled = 0;
    const port = await host(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              pulled += 1;
              controller.enqueue(new Uint8Array(2 ** 16));
            },
            cancel() {
              canceled += 1;
            },
          }),
        ),
    );
    const { socket } = await dial(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    socket.pause();
    let last = -1;
    while (last !== pulled) {
      last = pulled;
      await turns(50);
    }
    expect(pulled).toBeLessThan(500);
    socket.resetAndDestroy();
    await until(() => canceled === 1);
  });
});
