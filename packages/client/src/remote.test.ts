import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import { createServer as createSocketServer } from "node:net";
import type { AddressInfo } from "node:net";
import { collect, outputStream, ready, StageError, unary } from "@iftk/core";
import type { OutputStream, ReadyStream, Stream, Unary } from "@iftk/core";
import { countedAbort, stageLaws, turns } from "@iftk/testing";
import { encodeFrame, heartbeat, toErrorFields } from "@iftk/wire";
import type { ErrorFields } from "@iftk/wire";
import { afterAll, describe, expect, expectTypeOf, it } from "vitest";
import { remote } from "./remote.js";

type Words = OutputStream<string, string>;
type Upper = Unary<string, string>;

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/** An HTTP server on this machine; it counts the answers that are still open. */
async function host(listener: RequestListener) {
  const state = { url: "", open: 0, connections: 0, request: { headers: {} as NodeJS.Dict<string | string[]>, body: "" } };
  const server = createServer((incoming, outgoing) => {
    state.open += 1;
    outgoing.on("close", () => (state.open -= 1));
    state.request = { headers: incoming.headers, body: "" };
    incoming.setEncoding("utf8").on("data", (chunk: string) => (state.request.body += chunk));
    incoming.on("end", () => listener(incoming, outgoing));
  });
  server.on("connection", () => (state.connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => void server.close(), () => server.closeAllConnections());
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/words`;
  return state;
}

const begin = (outgoing: ServerResponse): ServerResponse => outgoing.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
const frames = (values: readonly unknown[]): string => values.map((value, index) => encodeFrame({ kind: "value", id: index + 1, value })).join("");
const end = encodeFrame({ kind: "end", id: 99 });
const failure = (error: unknown): string => encodeFrame({ kind: "error", id: 99, error: toErrorFields(error) });

/** A server that sends one text to every caller. */
const hostText = (text: string) => host((_incoming, outgoing) => void begin(outgoing).end(text));

/** A raw server that sends the pieces and then closes the connection. */
async function hostPieces(pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      void (async () => {
        socket.setNoDelay(true);
        for (const piece of pieces) {
          socket.write(piece);
          await turns();
        }
        socket.end();
      })();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/words`;
}
const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

const outcome = (stream: Stream<unknown>): Promise<unknown> => collect(stream).catch((error: unknown) => error);
const truncated = expect.objectContaining({ code: "unavailable", reason: "truncated" });

const words = ["a", "é", "🦊", "x\ny"];
const whole = await hostText(frames(words) + end);
const silent = await host((_incoming, outgoing) => void begin(outgoing).write(heartbeat));
const one = await hostText(frames(["A"]) + end);
const mute = await host(() => {});

stageLaws("a remote output stream", {
  stage: () => remote<Words>(whole.url),
  hanging: () => remote<Words>(silent.url),
  input: ["in"],
  output: words,
  isReleased: () => whole.open + silent.open === 0,
});

stageLaws("a remote unary stage", {
  stage: () => remote<Upper>(one.url, { mode: "unary" }),
  hanging: () => remote<Upper>(mute.url, { mode: "unary" }),
  input: ["in"],
  output: ["A"],
  isReleased: () => one.open + mute.open === 0,
});

describe("remote", () => {
  it("has the mode and the types of the stage, and asks for the mode where it must be said", () => {
    const chat = outputStream(async function* chat(_input: { text: string }): Stream<number> {
      yield 1;
    });
    const upper = unary(async (text: string) => text.length);
    expectTypeOf(remote<typeof chat>("/chat")).toEqualTypeOf<OutputStream<{ text: string }, number>>();
    expectTypeOf(remote<typeof upper>("/upper", { mode: "unary" })).toEqualTypeOf<Unary<string, number>>();
    // @ts-expect-error a unary stage must be called as one
    const wrong = remote<typeof upper>("/upper");
    // @ts-expect-error a stream must not be called as a unary stage
    remote<typeof chat>("/chat", { mode: "unary" });
    expect([wrong.mode, remote<typeof upper>("/upper", { mode: "unary" }).mode, remote<typeof chat>("http://host/v1/chat/?key=1").label]).toEqual([
      "output-stream",
      "unary",
      "chat",
    ]);
  });

  it("sends its input as JSON with the headers of the caller", async () => {
    const server = await hostText(end);
    await collect(remote<Words>(server.url, { headers: { "x-key": "1" } })("é"));
    expect(server.request).toEqual({
      headers: expect.objectContaining({ "content-type": "application/json", accept: "text/event-stream", "x-key": "1" }),
      body: '"é"',
    });
    await collect(remote<Words>(server.url, { headers: async () => [["x-key", "2"]] })("a"));
    expect(server.request.headers["x-key"]).toBe("2");
    await collect(remote<OutputStream<undefined, string>>(server.url)(undefined));
    expect(server.request.body).toBe("null");
  });

  it("gives the same values when each byte comes by itself", async () => {
    const bytes = new TextEncoder().encode(frames(words) + heartbeat + end);
    const url = await hostPieces([head, ...Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1))]);
    expect(await collect(remote<Words>(url)("in"))).toEqual(words);
  });

  it("gives all values of one network read at once, and an error after those that came with it", async () => {
    const body = [frames(words), frames(["b"]) + failure(new StageError("internal", "No."))].map((text) => new TextEncoder().encode(text));
    const fetch = async () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(body.shift()) }, { highWaterMark: 0 }), { headers: { "content-type": "text/event-stream" } });
    const reader = (remote<Words>("http://host/words", { fetch })("in") as ReadyStream<string>)[ready]();
    expect([await reader.read(), await reader.read()]).toEqual([words, ["b"]]);
    await expect(Promise.resolve(reader.read())).rejects.toEqual(new StageError("internal", "No."));
  });

  it("keeps one connection for calls that follow each other", async () => {
    const server = await hostText(frames(words) + end);
    for (let round = 0; round < 5; round += 1) {
      await collect(remote<Words>(server.url)("in"));
      await turns(2);
    }
    expect(server.connections).toBe(1);
  });

  it.each([
    ["before its head", []],
    ["in its head", [head.slice(0, 30)]],
    ["before its first frame", [head]],
    ["in a frame", [head, frames(words).slice(0, 12)]],
    ["before its end mark", [head, frames(words)]],
    ["in its end mark", [head, frames(words), end.slice(0, -1)]],
    ["in a chunk", [head.replace("Connection: close", "Transfer-Encoding: chunked"), "ff\r\n", frames(words)]],
  ])("never takes an answer for whole that is cut %s", async (name, pieces) => {
    const stream = remote<Words>(await hostPieces(pieces))("in");
    expect(await outcome(stream)).toEqual(name.includes("head") ? expect.objectContaining({ code: "unavailable" }) : truncated);
  });

  it("gives what came before an error frame, then throws the error of the stage", async () => {
    const error = new StageError("resource_exhausted", "Too many.", { reason: "rate-limit", retryAfter: 20, stage: "chat" });
    const server = await hostText(frames(words) + failure(error) + frames(words));
    const seen: string[] = [];
    const run = async () => {
      for await (const word of remote<Words>(server.url)("in")) seen.push(word);
    };
    await expect(run()).rejects.toEqual(error);
    expect(seen).toEqual(words);
    await expect(remote<Upper>(server.url, { mode: "unary" })("in")).rejects.toEqual(error);
  });

  const fields: ErrorFields = { code: "invalid_argument", message: "No messages.", reason: "empty", stage: "chat" };
  it.each([
    ["an error body", 400, JSON.stringify({ error: fields }), {}, new StageError("invalid_argument", "No messages.", { reason: "empty", stage: "chat" })],
    ["a proxy's page", 502, "<html>", {}, new StageError("unavailable", "The answer has status 502 and is no event stream.")],
    ["an endless page", 404, "x".repeat(10_000_000), {}, new StageError("not_found", "The answer has status 404 and is no event stream.")],
    ["JSON of another shape", 401, "null", {}, new StageError("unauthenticated", "The answer has status 401 and is no event stream.")],
    ["a page where a stream should be", 200, "<html>", { "content-type": "text/html" }, new StageError("internal", "The answer has status 200 and is no event stream.")],
  ])("throws what %s stands for", async (_name, status, body, headers, error) => {
    const server = await host((_incoming, outgoing) => void outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(body));
    expect(await outcome(remote<Words>(server.url)("in"))).toEqual(error);
    for (let turn = 0; turn < 1000 && server.open > 0; turn += 1) await turns();
    expect(server.open).toBe(0);
  });

  it("throws unavailable where no server is, and invalid_argument for an input that is no data", async () => {
    const server = await host(() => {});
    for (const close of closers.splice(-2)) close();
    expect(await outcome(remote<Words>(server.url)("in"))).toEqual(expect.objectContaining({ code: "unavailable", reason: undefined }));
    expect(await outcome(remote<OutputStream<bigint, string>>(whole.url)(1n))).toEqual(expect.objectContaining({ code: "invalid_argument" }));
  });

  it("closes the connection when its consumer leaves, wherever the answer is", async () => {
    const server = await host((_incoming, outgoing) => {
      begin(outgoing).write(frames(words));
    });
    for (let wait = 0; wait < 20; wait += 1) {
      const abort = countedAbort();
      const iterator = remote<Words>(server.url)("in", { signal: abort.signal })[Symbol.asyncIterator]();
      const read = iterator.next();
      await turns(wait);
      if (wait > 10) await read;
      if (wait % 2) await iterator.return?.();
      else abort.abort(new Error("enough"));
      await read.catch(() => {});
      expect(abort.listeners).toBe(0);
      for (let turn = 0; turn < 1000 && server.open > 0; turn += 1) await turns();
      expect(server.open).toBe(0);
    }
  });

  it("reads no more from the server than its consumer takes", async () => {
    let sent = 0;
    const server = await host((_incoming, outgoing) => {
      begin(outgoing);
      const send = (): void => {
        while (!outgoing.destroyed && outgoing.write(encodeFrame({ kind: "value", id: (sent += 1), value: "x".repeat(10_000) })));
      };
      outgoing.on("drain", send);
      send();
    });
    const iterator = remote<Words>(server.url)("in")[Symbol.asyncIterator]();
    await iterator.next();
    let last = -1;
    while (last !== sent) {
      last = sent;
      await turns(100);
    }
    expect(sent).toBeLessThan(2000);
    for (let read = 0; read < last; read += 1) await iterator.next();
    expect(sent).toBeGreaterThan(last);
    await iterator.return?.();
  });
});
