import { connect } from "node:net";
import { expect, test } from "vitest";
import { turns } from "../signals.js";
import { fakeProvider } from "./fake-provider.js";
import { faults } from "./faults.js";
import { sse } from "./sse.js";

/** All that the provider sends over a raw connection, each network read by itself, and the code of the error it ends with. */
function rawReads(url: string): Promise<{ readonly reads: readonly string[]; readonly error: string | undefined }> {
  return new Promise((resolve) => {
    const reads: string[] = [];
    let error: string | undefined;
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
    socket.on("data", (bytes) => void reads.push(bytes.toString()));
    socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code));
    socket.on("close", () => resolve({ reads, error }));
  });
}

test("gives the handler what was asked, and the client what it answers", async () => {
  await using fake = await fakeProvider({
    "POST /v1/models/:owner/*": ({ method, path, query, params, headers, json }, turn) => ({
      status: 201,
      headers: { "X-Request-Id": "7" },
      body: { method, path, query: query.get("a"), params, key: headers.get("x-api-key"), json: json(), turn },
    }),
  });
  const call = () => fetch(`${fake.url}/v1/models/meta/a%20b/c?a=1`, { method: "POST", headers: { "X-API-Key": "k" }, body: '{"n":1}' });
  const first = await call();
  expect([first.status, first.headers.get("x-request-id"), first.headers.get("content-type"), await first.json()]).toEqual([
    201, "7", "application/json",
    { method: "POST", path: "/v1/models/meta/a%20b/c", query: "1", params: { owner: "meta", "*": "a b/c" }, key: "k", json: { n: 1 }, turn: 0 },
  ]);
  expect(await (await call()).json()).toMatchObject({ turn: 1 });
  expect(fake.requests.map(({ text }) => text)).toEqual(['{"n":1}', '{"n":1}']);
});

test("reads forms of several parts", async () => {
  const bytes = new Uint8Array([0, 13, 10, 255]);
  await using fake = await fakeProvider({
    "POST /audio": async ({ form }) => {
      const fields = await form();
      const file = fields.get("file") as File;
      return { body: { model: fields.get("model"), name: file.name, type: file.type, bytes: [...(await file.bytes())] } };
    },
  });
  const body = new FormData();
  body.set("model", "whisper");
  body.set("file", new File([bytes], "a.wav", { type: "audio/wav" }));
  const response = await fetch(`${fake.url}/audio`, { method: "POST", body });
  expect(await response.json()).toEqual({ model: "whisper", name: "a.wav", type: "audio/wav", bytes: [...bytes] });
});

test("says what it has no route for, and records it", async () => {
  await using fake = await fakeProvider({ "POST /a": () => ({}), "GET /:one": () => ({}) });
  const responses = await Promise.all([fetch(`${fake.url}/a/b`), fetch(`${fake.url}/a`, { method: "DELETE" })]);
  expect(await Promise.all(responses.map(async (response) => [response.status, JSON.parse(await response.text()) as unknown]))).toEqual([
    [404, { error: { message: "There is no route GET /a/b." } }],
    [404, { error: { message: "There is no route DELETE /a." } }],
  ]);
  expect(fake.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(["DELETE /a", "GET /a/b"]);
});

test("tells the client why a handler failed", async () => {
  await using fake = await fakeProvider({ "POST /a": ({ json }) => ({ body: [json() as string] }) });
  const response = await fetch(`${fake.url}/a`, { method: "POST", body: "{" });
  expect([response.status, await response.text()]).toEqual([500, expect.stringContaining("The handler of POST /a failed: SyntaxError")]);
});

test("refuses a body of more than 64 MiB, and a route that is none", async () => {
  await using fake = await fakeProvider({ "POST /": () => ({}) });
  const response = await fetch(fake.url, { method: "POST", body: new Uint8Array(2 ** 26 + 1) });
  expect([response.status, await response.json()]).toEqual([413, { error: { message: "The body is longer than 67108864 bytes." } }]);
  await expect(fakeProvider({ "/a": () => ({}) })).rejects.toThrow('The route "/a" is not written "METHOD /path".');
});

test("writes every piece by itself", async () => {
  await using fake = await fakeProvider({ "GET /": () => ({ body: sse([{ data: "a" }, { event: "x", id: "1", data: { b: 1 } }]), end: "cut" }) });
  const { reads, error } = await rawReads(fake.url);
  expect([reads.slice(1), error]).toEqual([["9\r\ndata: a\n\n\r\n", '1e\r\nevent: x\nid: 1\ndata: {"b":1}\n\n\r\n'], undefined]);
});

test("resets a connection after what was sent", async () => {
  await using fake = await fakeProvider({ "GET /": () => ({ body: ["a"], end: "reset" }) });
  const { reads, error } = await rawReads(fake.url);
  expect([reads.slice(1), error]).toEqual([["1\r\na\r\n"], "ECONNRESET"]);
  await fake.idle();
});

test("leaves a body that is being made when the client goes", async () => {
  let isLeft = false;
  async function* endless() {
    try {
      for (;;) yield "a".repeat(100_000);
    } finally {
      isLeft = true;
    }
  }
  async function* silent() {
    yield "a";
    await new Promise(() => {});
  }
  await using fake = await fakeProvider({ "GET /endless": () => ({ body: endless() }), "GET /silent": () => ({ body: silent() }) });
  for (const path of ["/endless", "/silent"]) {
    const reader = (await fetch(fake.url + path)).body?.getReader();
    await reader?.read();
    expect(fake.openSockets).toBe(1);
    await reader?.cancel();
    await fake.idle();
    await fake.requests.at(-1)?.closed;
  }
  await turns();
  expect(isLeft).toBe(true);
});

test("counts the requests in progress until each is over, whole or cut", async () => {
  await using fake = await fakeProvider({ "GET /good": () => ({ body: "a" }), "GET /hanging": () => ({ body: ["a"], end: "hang" }) });
  await (await fetch(`${fake.url}/good`)).text();
  await fake.idle();
  const abort = new AbortController();
  await fetch(`${fake.url}/hanging`, { signal: abort.signal });
  const whenIdle = fake.idle();
  expect(fake.openSockets).toBe(1);
  abort.abort();
  await whenIdle;
  await fake.requests[1]?.closed;
  expect(fake.openSockets).toBe(0);
});

test("closing it ends every connection at once", async () => {
  const fake = await fakeProvider({ "GET /": () => ({ body: ["a"], end: "hang" }) });
  fake.fault(faults.none(), faults.hold());
  const [started, held] = [fetch(fake.url).then((response) => response.text()), fetch(fake.url)];
  const failures = Promise.allSettled([started, held]);
  while (fake.requests.length < 2) await turns();
  await fake.close();
  expect((await failures).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("puts faults on the next requests, of any route or of one, until it is cleared", async () => {
  await using fake = await fakeProvider({ "GET /a": (_, turn) => ({ body: `a${turn}` }), "GET /b": (_, turn) => ({ body: `b${turn}` }) });
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(fake.url + path);
    return `${response.status} ${response.ok ? await response.text() : ""}`.trim();
  };
  fake.fault(faults.status(500), faults.none(), faults.status(502));
  fake.faultOn("GET /b", faults.status(503));
  expect([await ask("/a"), await ask("/b"), await ask("/b"), await ask("/a"), await ask("/a")]).toEqual(["500", "503", "200 b1", "502", "200 a2"]);
  fake.fault(faults.status(500));
  fake.faultOn("GET /a", faults.status(500));
  fake.clear();
  expect([await ask("/a"), fake.requests.length]).toEqual(["200 a0", 1]);
  expect(() => fake.faultOn("GET /c")).toThrow('There is no route "GET /c"; there are GET /a, GET /b.');
});
