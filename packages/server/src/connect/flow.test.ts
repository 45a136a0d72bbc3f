import { create, toBinary } from "@bufbuild/protobuf";
import type { DescMethodStreaming, Message } from "@bufbuild/protobuf";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { turns } from "@iftk/testing";
import { connect } from "node:http2";
import { afterAll, describe, expect, it } from "vitest";
import { serveConnect } from "./fixtures/serve-connect.js";
import { state } from "./fixtures/shout.js";

const server = await serveConnect();
afterAll(() => server[Symbol.asyncDispose]());

const method = server.routes.service.methods.find(({ name }) => name === "BidiStreamingShoutTaskPredict") as DescMethodStreaming;

/** A call of the bidi method by hand: gRPC over a stream of HTTP/2 that nobody reads until it is asked for. */
function rawCall(model: string) {
  const session = connect(server.url);
  const stream = session.request({ ":method": "POST", ":path": `/${method.parent.typeName}/${method.name}`, "content-type": "application/grpc", "mm-model-id": model });
  stream.on("error", () => {});
  return { session, stream };
}

/** A message as gRPC frames it. */
function framed(init: Record<string, unknown>): Buffer {
  const bytes = toBinary(method.input, create(method.input, init));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
const empty = framed({});

/** Waits until the endless model has come to rest. */
async function atRest(): Promise<number> {
  let given = -1;
  while (given < state.given) {
    given = state.given;
    await turns(50);
  }
  return given;
}

describe("a bidi method", () => {
  it("runs no further than the windows of HTTP/2 while its caller does not read", async () => {
    const before = { ...state };
    const { session, stream } = rawCall("endless");
    stream.write(empty);
    while (state.started === before.started) await turns();
    expect((await atRest()) - before.given).toBeLessThan(200);
    session.destroy();
    while (state.closed === before.closed) await turns();
  });

  it.each(["silent", "endless"])("ends the run of a %s model within 50 ms of its caller's leaving, though nothing is read", { retry: 3 }, async (model) => {
    const before = { ...state };
    const { session, stream } = rawCall(model);
    stream.write(empty);
    while (state.started === before.started) await turns();
    await atRest();
    const start = performance.now();
    stream.close(8);
    while (state.closed === before.closed) await turns();
    expect(performance.now() - start).toBeLessThan(50);
    session.destroy();
  });

  it("takes no more of its caller's messages than its run asks for", async () => {
    const before = { ...state };
    const { session, stream } = rawCall("silent");
    const message = framed({ textStream: "a".repeat(1000) });
    let sent = 0;
    stream.write(empty);
    while (state.started === before.started) await turns();
    for (let round = 0; round < 100; round += 1) {
      for (let count = 0; count < 10 && !stream.writableNeedDrain; count += 1) sent += message.length * Number(stream.write(message));
      await turns(5);
    }
    expect(sent).toBeLessThan(500_000);
    session.destroy();
    while (state.closed === before.closed) await turns();
  });

  it("lets a caller get no further ahead of its own slow reading than the windows, and keeps the order of 10,000 messages", async () => {
    const transport = createGrpcTransport({ baseUrl: server.url });
    let sent = 0;
    async function* requests(): AsyncGenerator<Message> {
      while (sent < 10_000) yield create(method.input, { textStream: `${sent++} ${"x".repeat(1000)}` });
    }
    const { message } = await transport.stream(method, undefined, undefined, { "mm-model-id": "loud" }, requests());
    let received = 0;
    let ahead = 0;
    for await (const word of message) {
      if (!(word as unknown as { readonly word: string }).word.startsWith(`${received} `)) break;
      received += 1;
      ahead = Math.max(ahead, sent - received);
      if (received % 200 === 0) await turns(20);
    }
    expect([received, ahead < 1000]).toEqual([10_000, true]);
  });
});
