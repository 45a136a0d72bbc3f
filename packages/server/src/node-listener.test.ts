import { outputStream, StageError, unary } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, dial, endless, host, hostStages, post, requestText, until } from "./fixtures/loopback.js";
import { serve } from "./serve.js";

afterEach(closeAll);

const words = outputStream(async function* words(text: string) {
  yield* text.split(" ");
});

describe("toNodeListener", () => {
  it("answers on the wire as the format asks", async () => {
    const port = await hostStages({ words });
    const { received } = await dial(port, requestText("/words", '"a é"'));
    await until(() => received().endsWith("\r\n0\r\n\r\n"));
    const [head = "", body = ""] = received().split(/\r\n\r\n(.*)/s);
    expect(head.toLowerCase().split("\r\n").filter((line) => !/^(date|iftk-run):/.test(line))).toEqual([
      "http/1.1 200 ok",
      "cache-control: no-cache, no-transform",
      "content-type: text/event-stream; charset=utf-8",
      "x-accel-buffering: no",
      "x-content-type-options: nosniff",
      "connection: keep-alive",
      "keep-alive: timeout=5",
      "transfer-encoding: chunked",
    ]);
    expect(body.replace(/^[\da-f]+\r\n|\r\n0\r\n\r\n$/g, "")).toBe('id: 1\ndata: "a"\n\nid: 2\ndata: "é"\n\nevent: end\nid: 3\ndata: {}\n\n');
  });

  it("writes what is ready in one turn as one", async () => {
    let writes = 0;
    const port = await hostStages({ words }, {}, (response) => {
      const write = response.write.bind(response);
      response.write = ((...parameters: Parameters<typeof write>) => {
        writes += 1;
        return write(...parameters);
      }) as typeof response.write;
    });
    expect((await (await post(port, "/words", "a ".repeat(200))).text()).match(/data: "/g)).toHaveLength(201);
    expect(writes).toBeLessThanOrEqual(3);
  });

  it("frames each chunk right whatever is in it, and takes the next request on the same connection", async () => {
    const port = await hostStages({ words });
    const { socket, received } = await dial(port, requestText("/words", '"a é 🦊 \\u2028"'));
    await until(() => received().endsWith("\r\n0\r\n\r\n"));
    const once = received().length;
    socket.write(requestText("/words", '"b"'));
    await until(() => received().length > once && received().endsWith("\r\n0\r\n\r\n"));
    expect([...received().matchAll(/^data: ([^\n]*)\n/gm)].map(([, data]) => JSON.parse(data ?? "") as unknown)).toEqual(["a", "é", "🦊", "\u2028", {}, "b", {}]);
    expect(await (await post(port, "/words", "é".repeat(20_000))).text()).toContain(`"${"é".repeat(20_000)}"`);
  });

  it("writes the bare text to who speaks HTTP/1.0, and through a function that was put before the response", async () => {
    const text = 'id: 1\ndata: "é"\n\nevent: end\nid: 2\ndata: {}\n\n';
    const port = await hostStages({ words });
    const { received } = await dial(port, requestText("/words", '"é"').replace("HTTP/1.1", "HTTP/1.0"));
    await until(() => received().endsWith(text));
    expect(received().split("\r\n\r\n").slice(1)).toEqual([text]);
    const wrapped = await hostStages({ words }, {}, (response) => {
      const { end } = response;
      response.end = ((...parameters: Parameters<typeof end>) => end.apply(response, parameters)) as typeof end;
    });
    expect(await (await post(wrapped, "/words", "é")).text()).toBe(text);
  });

  it("sends the head before the first value when that takes its time", async () => {
    const { stage, state } = endless(0);
    const never = outputStream(async function* never(_input: unknown): Stream<string> {
      await new Promise(() => {});
    });
    const port = await hostStages({ never, stage }, { headersAfter: 0 });
    const response = await post(port, "/never", 1);
    expect([response.status, state.produced]).toEqual([200, 0]);
    await response.body?.cancel();
  });

  it("serves two at once", async () => {
    const port = await hostStages({ slow: endless(1).stage });
    const readers = await Promise.all([1, 2].map(async (input) => (await post(port, "/slow", input)).body?.getReader()));
    for (let round = 0; round < 5; round += 1) {
      for (const reader of readers) expect((await reader?.read())?.done).toBe(false);
    }
    for (const reader of readers) await reader?.cancel();
  });

  it("lets the event loop turn under a stage that is always ready", async () => {
    const { stage } = endless(0);
    const port = await hostStages({ stage, words });
    const { socket } = await dial(port, requestText("/stage", "1"));
    for (let round = 0; round < 5; round += 1) expect((await (await post(port, "/words", "a")).text()).length).toBeGreaterThan(10);
    socket.destroy();
  });

  it("refuses a chunked body over the bound, lets the client read that, and goes on", async () => {
    const port = await hostStages({ words });
    const piece = new Uint8Array(2 ** 16).fill(97);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if ((sent += 1) > 64) controller.close();
        else controller.enqueue(piece);
      },
    });
    const response = await post(port, "/words", 1, { body, duplex: "half" } as RequestInit);
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: { code: "resource_exhausted", reason: "too-large", message: "The request body is larger than the 1048576 bytes that this server takes." } },
    ]);
    expect((await post(port, "/words", "a")).status).toBe(200);
  });

  it("reads a body however it comes: with its head, later, in pieces, in chunks, with a mark of its bytes' order", async () => {
    const shout = unary((text: string) => text.toUpperCase());
    const port = await hostStages({ shout });
    const text = requestText("/shout", '"a é 🦊 \ufffd"');
    const { socket, received } = await dial(port, text);
    const answers = (): string[] => [...received().matchAll(/\{"value":"([^"]*)"\}/g)].map(([, value = ""]) => value);
    await until(() => answers().length === 1);
    for (const cut of [text.indexOf('"a'), text.length - 3]) {
      const count = answers().length;
      socket.write(text.slice(0, cut));
      await turns(20);
      socket.write(text.slice(cut));
      await until(() => answers().length > count);
    }
    socket.write(`${text.replace(/Content-Length: \d+/, "Transfer-Encoding: chunked").split("\r\n\r\n")[0]}\r\n\r\n3\r\n"ab\r\n2\r\nc"\r\n0\r\n\r\n${requestText("/shout", '\ufeff"d"')}`);
    await until(() => answers().length === 5);
    expect(answers()).toEqual([...Array<string>(3).fill("A É 🦊 \ufffd"), "ABC", "D"]);
    const wrong = await post(port, "/shout", "", { body: new Uint8Array([34, 255, 34]) });
    expect([wrong.status, await wrong.json()]).toEqual([400, { error: { code: "invalid_argument", reason: "malformed", message: "The request body is not UTF-8; send the JSON in UTF-8." } }]);
    expect((await post(await hostStages({ shout }, { maxBodyBytes: 8 }), "/shout", "too long")).status).toBe(413);
  });

  it("answers 500 without a word of what a handler threw, and goes on", async () => {
    const errors: unknown[] = [];
    const secret = new Error("sk-123");
    const port = await host(
      () => {
        throw secret;
      },
      undefined,
      (error) => errors.push(error),
    );
    for (let round = 0; round < 2; round += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      expect([response.status, await response.json()]).toEqual([500, { error: { code: "internal", message: "The server failed to answer." } }]);
    }
    expect(errors).toEqual([secret, secret]);
  });

  it.each([
    ["a host that is none", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", "400"],
    ["a whole URL as target", "GET http://elsewhere.test/page?q HTTP/1.1\r\nHost: a.test\r\n\r\n", "http://a.test/page?q"],
    ["a target that begins like a host", "GET //evil.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n", "http://a.test//evil.test/x"],
    ["a target that is a star", "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", "http://a.test/"],
    ["a URL over the bound", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, "431"],
  ])("takes or refuses %s", async (_name, text, expected) => {
    const port = await host((request) => new Response(request.url));
    const { received } = await dial(port, text);
    await until(() => received().includes(expected));
    expect(received()).toMatch(/^HTTP\/1\.1 \d{3} /);
  });

  it("gives the responses of other handlers with their heads and bodies", async () => {
    const port = await host((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/empty") return new Response(null, { status: 204 });
      const headers = new Headers({ "content-type": "text/html", "content-length": "4" });
      headers.append("set-cookie", "a=1");
      headers.append("set-cookie", "b=2");
      return new Response("page", { headers, statusText: "Fine" });
    });
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, page.statusText, page.headers.getSetCookie(), await page.text()]).toEqual([200, "Fine", ["a=1", "b=2"], "page"]);
    const head = await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "4", ""]);
    const empty = await fetch(`http://127.0.0.1:${port}/empty`);
    expect([empty.status, await empty.text()]).toEqual([204, ""]);
  });

  it("gives a handler the body of the request as it comes", async () => {
    const port = await host(async (request) => new Response(`${request.method} ${(await request.arrayBuffer()).byteLength}`));
    const body = new Uint8Array(3_000_000);
    expect(await (await fetch(`http://127.0.0.1:${port}/`, { method: "PUT", body })).text()).toBe("PUT 3000000");
  });

  it("writes a run that another handler wraps in a response of its own", async () => {
    const api = serve({ words });
    const port = await host(async (request) => {
      const { body, headers } = await api(request);
      return new Response(body, { headers });
    });
    expect(await (await post(port, "/words", "a")).text()).toBe('id: 1\ndata: "a"\n\nevent: end\nid: 2\ndata: {}\n\n');
  });

  it("ends a stream with the error of its stage", async () => {
    const fails = outputStream(async function* fails(_input: unknown): Stream<number> {
      yield 1;
      await turns();
      throw new StageError("unavailable", "Gone.");
    });
    const port = await hostStages({ fails });
    expect(await (await post(port, "/fails", 1)).text()).toBe(
      'id: 1\ndata: 1\n\nevent: error\nid: 2\ndata: {"code":"unavailable","message":"Gone."}\n\n',
    );
  });
});
