import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import { get as getHttps, type RequestOptions } from "node:https";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bidi, outputStream } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { authority, certificate } from "./fixtures/certificates.js";
import { closeAll, dial, endless, requestText, until } from "./fixtures/loopback.js";
import { listen, type Listening, type ListenOptions } from "./listen.js";
import { serve } from "./serve.js";
import type { Handler } from "./web-exchange.js";

const count = outputStream(async function* count(last: number): Stream<number> {
  for (let number = 1; number <= last; number++) yield number;
});
const frames = 'id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nevent: end\nid: 3\ndata: {}\n\n';

const open: (() => unknown)[] = [];
afterEach(async () => {
  closeAll();
  for (const close of open.splice(0).toReversed()) await close();
});

async function start(handler: Handler, options: Partial<ListenOptions> = {}): Promise<Listening> {
  const server = await listen(handler, { port: 0, grace: 0, ...options });
  open.push(() => server.close());
  return server;
}

function dialHttp2(url: string, options: object = {}): ClientHttp2Session {
  const session = connectHttp2(url, options);
  session.on("error", () => {});
  open.push(() => session.destroy());
  return session;
}

/** A call over HTTP/2: the head of its answer and the text. */
async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<[number | undefined, string]> {
  const stream = session.request({ "content-type": "application/json", ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk as string;
  return [head[":status"] as number, text];
}
const call = { ":method": "POST", ":path": "/count" };

describe("one port", () => {
  it("serves HTTP/1.1 and HTTP/2, side by side", async () => {
    const server = await start(serve({ count }));
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: "2" };
    const session = dialHttp2(server.url);
    const [plain, ...others] = await Promise.all([fetch(`${server.url}/count`, init).then((response) => response.text()), ask(session, call, "2"), ask(session, call, "2"), ask(session, { ":path": "/other", ":method": "POST" }, "2")]);
    expect([plain, ...others.slice(0, 2)]).toEqual([frames, [200, frames], [200, frames]]);
    expect(others[2]?.[0]).toBe(404);
  });

  it("tells the protocols apart however the first bytes come, and keeps none of them", async () => {
    const server = await start(serve({ count }));
    const text = requestText("/count", "2");
    const { socket, received } = await dial(server.port, text.slice(0, 1));
    for (const letter of text.slice(1)) {
      await turns();
      socket.write(letter);
    }
    await until(() => received().includes("event: end"));
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const other = await dial(server.port, "");
    for (const letter of preface) {
      other.socket.write(letter);
      await turns();
    }
    other.socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])); // empty SETTINGS
    await until(() => other.received().length >= 9);
    expect(other.received().charCodeAt(3)).toBe(4);
  });

  it("answers clients that would go on in HTTP/2, and goes on in HTTP/1.1", async () => {
    const server = await start(serve({ count }));
    const asking = requestText("/count", "2").replace("Host:", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\nHost:");
    const { received } = await dial(server.port, asking);
    await until(() => received().includes("event: end"));
    expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("gives a handler of Web requests what HTTP/2 says, and drops headers that it lacks", async () => {
    const seen: unknown[] = [];
    const server = await start(async (request) => {
      seen.push([request.method, new URL(request.url).pathname, request.headers.get("x-key"), await request.text()]);
      return new Response("page", { status: 201, statusText: "Made", headers: { connection: "close", "x-answer": "1" } });
    });
    const [status, text] = await ask(dialHttp2(server.url), { ":method": "POST", ":path": "/page", "x-key": "é1".slice(1) }, "body");
    expect([status, text, seen]).toEqual([201, "page", [["POST", "/page", "1", "body"]]]);
  });

  it("stops the stage when a call over HTTP/2 is cancelled, and reads no faster than its client", async () => {
    const { stage, state } = endless(0);
    const server = await start(serve({ stage }));
    const session = dialHttp2(server.url);
    const stream = session.request({ ...call, ":path": "/stage", "content-type": "application/json" });
    stream.end("1");
    await once(stream, "response");
    await turns(200);
    const held = state.produced;
    await turns(200);
    expect([state.produced - held < 200, state.closed]).toEqual([true, 0]);
    stream.close(8);
    await until(() => state.closed === 1);
    expect(await ask(session, { ...call, ":path": "/none" }, "1")).toEqual([404, expect.any(String)]);
  });
});

describe("a Unix socket", () => {
  it("is served at its path, and refused where there is one already", async () => {
    const folder = mkdtempSync(join(tmpdir(), "iftk-listen-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "server.sock");
    const server = await start(() => new Response("page"), { path });
    const text = await new Promise<string>((resolve) => get({ socketPath: path, path: "/" }, (response) => response.setEncoding("utf8").on("data", resolve)));
    expect([server.url, server.port, text]).toEqual([`unix:${path}`, 0, "page"]);
    await expect(start(() => new Response(), { path })).rejects.toEqual(expect.objectContaining({ code: "failed_precondition", reason: "port-taken" }));
    await expect(listen(() => new Response(), {})).rejects.toEqual(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("TLS", () => {
  const fetchHttps = (url: string, options: RequestOptions): Promise<string> =>
    new Promise((resolve, reject) => {
      getHttps(url, { agent: false, ...options }, (response) => response.setEncoding("utf8").on("data", resolve)).on("error", reject);
    });
  const page = (request: Request): Response => new Response(new URL(request.url).protocol);
  const { ca } = authority;

  it("is spoken by both protocols, the newer one where the client knows it", async () => {
    const { key, cert } = await certificate("server");
    const server = await start(page, { tls: { key, cert } });
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const session = dialHttp2(server.url, { ca });
    expect([await fetchHttps(server.url, { ca }), await ask(session, { ":path": "/" }), session.alpnProtocol]).toEqual(["https:", [200, "https:"], "h2"]);
    await expect(fetchHttps(server.url, {})).rejects.toThrow();
  });

  it("carries WebSockets", async () => {
    const { key, cert } = await certificate("server");
    const shout = bidi(async function* shout(words: Stream<string>): Stream<string> {
      for await (const word of words) yield word.toUpperCase();
    });
    const server = await start(serve({ shout }), { tls: { key, cert } });
    const socket = new WebSocket(`${server.url.replace("https", "wss")}/shout`, "iftk.v1", { ca });
    open.push(() => socket.terminate());
    const messages: unknown[] = [];
    socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString())));
    await once(socket, "open");
    for (const frame of [{ kind: "open", version: 1, credit: 8 }, { kind: "value", id: 1, value: "a" }]) socket.send(JSON.stringify(frame));
    const answer = expect.objectContaining({ kind: "value", value: "A" }) as unknown;
    await until(() => JSON.stringify(messages).includes('"A"'));
    expect(messages).toContainEqual(answer);
  });

  it("refuses clients without a certificate of the root where they must have one", async () => {
    const tls = { ...(await certificate("server")), ca, clientCertificates: "required" } as const;
    const server = await start(page, { tls });
    expect(await fetchHttps(server.url, { ca, ...(await certificate("client")) })).toBe("https:");
    expect(await ask(dialHttp2(server.url, { ca, ...(await certificate("client")) }), { ":path": "/" })).toEqual([200, "https:"]);
    await expect(fetchHttps(server.url, { ca })).rejects.toThrow();
    await expect(fetchHttps(server.url, { ca, ...(await certificate("stranger")) })).rejects.toThrow();
    await expect(ask(dialHttp2(server.url, { ca }), { ":path": "/" })).rejects.toThrow();
  });

  it("takes clients without a certificate where they may have one, but none with another", async () => {
    const server = await start(page, { tls: { ...(await certificate("server")), ca: [ca], clientCertificates: "optional" } });
    expect([await fetchHttps(server.url, { ca }), await fetchHttps(server.url, { ca, ...(await certificate("client")) })]).toEqual(["https:", "https:"]);
    await expect(fetchHttps(server.url, { ca, ...(await certificate("stranger")) })).rejects.toThrow();
  });

  it("says what is wrong with a key, and with certificates that nobody vouches for", async () => {
    const { key, cert } = await certificate("server");
    const { key: other } = await certificate("client");
    const refused = expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(/^tls: /) });
    await expect(listen(page, { port: 0, tls: { key: "key", cert } })).rejects.toEqual(refused);
    await expect(listen(page, { port: 0, tls: { key: other, cert } })).rejects.toEqual(refused);
    await expect(listen(page, { port: 0, tls: { key, cert, clientCertificates: "required" } })).rejects.toEqual(refused);
  });
});
