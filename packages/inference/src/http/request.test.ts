import { once } from "node:events";
import { inspect } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { collect, type StageError, type Stream } from "@iftk/core";
import { countedAbort, tracked, turns } from "@iftk/testing";
import { Agent } from "undici";
import { describe, expect, it } from "vitest";
import { serve } from "./fixtures/serve.js";
import { request, type RequestOptions } from "./request.js";

const send = (url: string | URL, options: Partial<RequestOptions> = {}) => request({ provider: "p", url, signal: undefined, ...options });
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "no failure", (error: unknown) => error);
const closedPort = "http://127.0.0.1:1/";

describe("request", () => {
  it("sends method, headers, query and body, and gives status, headers and JSON", async () => {
    await using server = await serve((incoming, outgoing) => {
      let body = "";
      incoming.on("data", (piece: Buffer) => (body += piece.toString()));
      incoming.on("end", () => outgoing.writeHead(201, { "x-a": "b" }).end(JSON.stringify({ method: incoming.method, url: incoming.url, key: incoming.headers["x-key"], body })));
    });
    const response = await send(`${server.url}/v1?a=b%20c`, { method: "PUT", headers: { "X-Key": "k", "x-none": undefined }, body: "é" });
    expect([response.status, response.headers.get("X-A"), response.url, await response.json()]).toEqual([201, "b", `${server.url}/v1?a=b%20c`, { method: "PUT", url: "/v1?a=b%20c", key: "k", body: "é" }]);
  });

  it("sends a form with its files, with a length, as the runtime reads it", async () => {
    await using server = await serve((incoming, outgoing) => {
      void collect(incoming as Stream<Uint8Array>).then(async (pieces) => {
        const form = await new Response(Buffer.concat(pieces), { headers: { "content-type": incoming.headers["content-type"] ?? "" } }).formData();
        const file = form.get("file") as File;
        outgoing.end(JSON.stringify([incoming.headers["content-length"] !== undefined, form.get('we "ird\r\nname'), file.name, file.type, await file.text()]));
      });
    });
    const form = new FormData();
    form.append('we "ird\r\nname', "line\r\nline");
    form.append("file", new Blob(["--x\r\n\r\n"], { type: "audio/wav" }), 'ü".wav');
    expect(await (await send(server.url, { body: form })).json()).toEqual([true, "line\r\nline", 'ü".wav', "audio/wav", "--x\r\n\r\n"]);
  });

  it("sends a stream no faster than the network takes it, and closes it when the call ends", async () => {
    await using server = await serve(() => {}); // reads nothing
    async function* endless() {
      for (;;) yield new Uint8Array(65_536);
    }
    const body = tracked(endless());
    const abort = new AbortController();
    const failure = failureOf(send(server.url, { body, signal: abort.signal }));
    let pulled = -1;
    while (body.pulled === 0 || pulled !== body.pulled) {
      pulled = body.pulled;
      await turns(20);
    }
    abort.abort("enough");
    expect([await failure, pulled < 1000]).toEqual(["enough", true]);
    while (body.closed === 0) await turns();
  });

  it("fails with what the body failed with", async () => {
    await using server = await serve(() => {});
    const error = new Error("no more");
    async function* broken(): Stream<Uint8Array> {
      yield new Uint8Array(3);
      throw error;
    }
    expect(await failureOf(send(server.url, { body: broken() }))).toBe(error);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("reads a body in %s, and tells one that is cut", async (coding, compress) => {
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 10007));
    const whole = compress(text);
    await using server = await serve((incoming, outgoing) => void outgoing.writeHead(200, { "content-encoding": coding }).end(incoming.url === "/cut" ? whole.subarray(0, -100) : whole));
    expect(await (await send(`${server.url}/`)).text()).toBe(text);
    await expect((await send(`${server.url}/cut`)).text()).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
  });

  it("tells a body that is not in the coding it names, or in one that it does not know", async () => {
    await using server = await serve((incoming, outgoing) => void outgoing.writeHead(200, { "content-encoding": incoming.url?.slice(1) }).end("plain"));
    await expect((await send(`${server.url}/gzip`)).text()).rejects.toMatchObject({ code: "unavailable", reason: "malformed" });
    await expect((await send(`${server.url}/lzma`)).text()).rejects.toMatchObject({ code: "unimplemented" });
  });

  it("tells a body that is cut by its length, in a chunk or by a reset, after what came of it", async () => {
    await using server = await serve((incoming, outgoing) => {
      if (incoming.url === "/length") outgoing.writeHead(200, { "content-length": "100" });
      outgoing.write("so far");
      if (incoming.url === "/reset") setImmediate(() => incoming.socket.resetAndDestroy());
      else setImmediate(() => outgoing.destroy());
    });
    for (const path of ["/length", "/chunk", "/reset"]) {
      const { bytes } = await send(server.url + path);
      let text = "";
      const reading = (async () => {
        for await (const piece of bytes) text += Buffer.from(piece).toString();
      })();
      expect(await failureOf(reading)).toMatchObject({ code: "unavailable", reason: "truncated" });
      expect(text).toBe("so far");
    }
  });

  it("does not follow a redirect", async () => {
    await using server = await serve((_, outgoing) => void outgoing.writeHead(307, { location: "http://127.0.0.1:1/" }).end());
    expect(await failureOf(send(server.url))).toMatchObject({ code: "failed_precondition", reason: "redirect" });
  });

  it("refuses with what the provider says, without keys it echoes, also compressed, and reads no endless refusal", async () => {
    const secret = "opaque-0123456789";
    const body = JSON.stringify({ error: { message: `no key ${secret}` } });
    await using server = await serve((incoming, outgoing) => {
      if (incoming.url === "/gzip") return void outgoing.writeHead(401, { "content-encoding": "gzip" }).end(gzipSync(body));
      if (incoming.url === "/plain") return void outgoing.writeHead(401).end(body);
      outgoing.writeHead(503, { "retry-after": "4" });
      const more = (): void => void (outgoing.writable && outgoing.write("busy ".repeat(10_000), more));
      more();
    });
    for (const path of ["/plain", "/gzip"]) expect(await failureOf(send(server.url + path, { secrets: [secret] }))).toMatchObject({ code: "unauthenticated", message: "p: 401: no key [redacted]" });
    expect(await failureOf(send(`${server.url}/endless`))).toMatchObject({ code: "unavailable", reason: "overloaded", retryAfter: 4000 });
  });

  it.each([
    ["HTML", "<html>secret</html>", "p: the reply is HTML or XML (19 characters) where JSON was expected; check the base URL, or try again"],
    ["nothing", "", "p: the reply is nothing (0 characters) where JSON was expected; check the base URL, or try again"],
    ["JSON that is cut", '{"a": "secret', "p: the reply is no valid JSON (13 characters) where JSON was expected; check the base URL, or try again"],
  ])("tells %s where JSON was expected, without the payload", async (_name, body, message) => {
    await using server = await serve((_, outgoing) => void outgoing.end(body));
    const failure = await failureOf((await send(server.url)).json());
    expect(failure).toMatchObject({ code: "unavailable", reason: "malformed", message });
    expect(failure).not.toHaveProperty("cause");
  });

  it("reads no more of a body than it is allowed, and closes it", async () => {
    await using server = await serve((_, outgoing) => {
      const more = (): void => void (outgoing.writable && outgoing.write("x".repeat(10_000), more));
      more();
    });
    expect(await failureOf((await send(server.url)).text(1_000_000))).toMatchObject({ code: "resource_exhausted", reason: "too-large" });
    await server.closed();
  });

  it("tells of connections that fail, and of URLs and headers that cannot be", async () => {
    expect(await failureOf(send(closedPort))).toMatchObject({ code: "unavailable", reason: "connection", message: "p: the connection failed: ECONNREFUSED" });
    expect(await failureOf(send("nowhere"))).toMatchObject({ code: "invalid_argument" });
    expect(await failureOf(send("file:///etc/passwd"))).toMatchObject({ code: "invalid_argument" });
    const failure = (await failureOf(send(closedPort, { headers: { authorization: "Bearer opaque\n" } }))) as StageError;
    expect([failure.code, failure.message.includes("opaque"), failure.cause]).toEqual(["invalid_argument", false, undefined]);
  });

  it("keeps no bytes that are no HTTP in what it fails with, for they may repeat the key", async () => {
    const key = "opaque-0123456789";
    await using server = await serve(({ headers, url }, { socket }) => void socket?.end(`HTTP/1.1 200 OK\r\n${url === "/body" ? "transfer-encoding: chunked\r\n\r\n" : "no header "}${headers.authorization}\r\n\r\n`));
    const failures = await Promise.all(["/head", "/body"].map((path) => failureOf(send(server.url + path, { headers: { authorization: key }, secrets: [key] }).then((response) => response.text()))));
    expect(failures).toMatchObject([{ code: "unavailable", reason: "connection", cause: { name: "HTTPParserError" } }, { code: "unavailable", reason: "truncated", cause: { name: "HTTPParserError" } }]);
    expect(inspect(failures, { depth: 9, showHidden: true })).not.toContain(key);
  });

  it("gives up on a connection that is not made in time, and on an answer that does not begin", async () => {
    const slow = new Agent({ connect: (_options, _callback) => {} });
    expect(await failureOf(send(closedPort, { dispatcher: slow, connectTimeout: 5 }))).toMatchObject({ code: "unavailable", reason: "connection", message: "p: no connection within 5 ms" });
    await using server = await serve(() => {});
    expect(await failureOf(send(server.url, { headersTimeout: 5 }))).toMatchObject({ code: "deadline_exceeded", reason: "timeout" });
  });

  it("hears an abort before, while it waits for the answer and while the body stalls, closes the socket and leaves no listener", async () => {
    await using server = await serve((incoming, outgoing) => void (incoming.url === "/body" && outgoing.write("so far")));
    expect(await failureOf(send(server.url, { signal: AbortSignal.abort("early") }))).toBe("early");
    expect(server.connections).toBe(0);

    const first = countedAbort();
    const waiting = failureOf(send(server.url, { signal: first.signal }));
    while (server.open.size === 0) await turns();
    first.abort("while waiting");
    expect(await waiting).toBe("while waiting");

    const second = countedAbort();
    const { bytes } = await send(`${server.url}/body`, { signal: second.signal });
    const iterator = bytes[Symbol.asyncIterator]();
    await iterator.next();
    const stalled = failureOf(iterator.next());
    second.abort("while stalled");
    expect(await stalled).toBe("while stalled");
    await server.closed();
    expect([first.listeners, second.listeners]).toEqual([0, 0]);
  });

  it("lets go of the socket when the reader leaves, when the answer is closed unread, and keeps it when all was read", async () => {
    await using server = await serve((incoming, outgoing) => (incoming.url === "/short" ? outgoing.end("all") : outgoing.write("so far")));
    const abort = countedAbort();
    const { bytes } = await send(server.url, { signal: abort.signal });
    for await (const _ of bytes) break;
    await server.closed();
    (await send(server.url, { signal: abort.signal })).close();
    await server.closed();
    const before = server.connections;
    for (let round = 0; round < 5; round++) expect(await (await send(`${server.url}/short`, { signal: abort.signal })).text()).toBe("all");
    expect([server.connections - before <= 2, abort.listeners]).toEqual([true, 0]);
  });

  it("holds the server on while nobody reads", async () => {
    let written = 0;
    await using server = await serve((_, outgoing) => {
      const more = (): void => {
        if (outgoing.writable && outgoing.write(Buffer.alloc(65_536), () => void (written += 65_536))) setImmediate(more);
        else outgoing.once("drain", more);
      };
      more();
    });
    const response = await send(server.url);
    let seen = -1;
    while (seen !== written) {
      seen = written;
      await turns(30);
    }
    expect(seen).toBeLessThan(32 * 2 ** 20);
    response.close();
    await server.closed();
  });

  it("uses the connections that it is given", async () => {
    await using server = await serve((_, outgoing) => void outgoing.end("ok"));
    const dispatcher = new Agent();
    const opened = once(dispatcher as unknown as NodeJS.EventEmitter, "connect");
    expect(await (await send(server.url, { dispatcher })).text()).toBe("ok");
    await opened;
    await dispatcher.close();
  });
});
