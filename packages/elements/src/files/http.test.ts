import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text as bodyOf } from "node:stream/consumers";
import { collect, from, type Stream } from "@iftk/core";
import { failing, feed, stageLaws, turns } from "@iftk/testing";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../fixtures/pieces.js";
import { serve } from "../fixtures/serve.js";
import { httpElement, httpGetElement } from "../index.js";

const call = { signal: new AbortController().signal };
const open = { allowPrivate: true };
type Whole = (input: Stream<unknown>, options?: { readonly signal: AbortSignal }) => Promise<unknown>;
type Each = Parameters<typeof run<unknown, unknown>>[0];

/** Answers with what came. */
const echo = (request: IncomingMessage, response: ServerResponse): void => {
  void bodyOf(request).then((body) => {
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(JSON.stringify({ method: request.method, type: request.headers["content-type"], key: request.headers["x-key"], body }));
  });
};

const echoed = await serve((request, response) => void request.pipe(response));
afterAll(() => echoed[Symbol.asyncDispose]());

stageLaws("http", { stage: () => httpElement(open)({ url: echoed.url }), input: ["a", "b", "c"], output: ["a", "b", "c"] });

describe("http", () => {
  test("sends each value by itself and gives the answers in order", async () => {
    await using server = await serve(echo);
    const http = httpElement({ ...open, headers: ({ hostname }) => ({ "x-key": hostname }) })({ url: server.url, method: "PUT" }) as Each;
    const answer = (type: string, body: string) => ({ method: "PUT", type, key: "127.0.0.1", body });
    expect(await run(http, "é", { a: 1 }, new Uint8Array([0x61]))).toEqual([answer("text/plain; charset=utf-8", "é"), answer("application/json", '{"a":1}'), answer("application/octet-stream", "a")]);
  });

  test("sends all in one request as it comes, and gives one answer", async () => {
    await using server = await serve(echo);
    const http = httpElement(open)({ url: server.url, by: "all", contentType: "text/csv" }) as unknown as Whole;
    expect(await http(feed<unknown>("a,", "b\n", [1]))).toMatchObject({ method: "POST", type: "text/csv", body: "a,b\n[1]\n" });
  });

  test("gives an answer that is no JSON as text, and refuses one that is too large", async () => {
    await using server = await serve((_, response) => response.end("plain"));
    expect(await run(httpElement(open)({ url: server.url }) as Each, "a")).toEqual(["plain"]);
    await expect(run(httpElement(open)({ url: server.url, maximum: 3 }) as Each, "a")).rejects.toThrow(expect.objectContaining({ reason: "too-large" }));
  });

  test("fails with what the server says against it, and does not follow redirects", async () => {
    await using server = await serve((request, response) => {
      if (request.url === "/away") response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
      else response.writeHead(404).end("no such thing");
    });
    await expect(run(httpElement(open)({ url: server.url }) as Each, "a")).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
    await expect(run(httpElement(open)({ url: `${server.url}/away` }) as Each, "a")).rejects.toThrow(/http 127\.0\.0\.1/u);
  });

  test.each(["http://127.0.0.1:1/", "http://[::1]:1/", "http://169.254.169.254/", "http://0x7f.1/", "http://localhost:1/"])("asks nothing of %s unless code allows it", async (url) => {
    await expect(run(httpElement()({ url }) as Each, "a")).rejects.toThrow(expect.objectContaining({ code: "permission_denied", reason: "private-address" }));
    await expect(collect(httpGetElement()({ url })(call))).rejects.toThrow(expect.objectContaining({ reason: "private-address" }));
  });

  test.each(["ftp://a.example/", "file:///etc/passwd", "a.example", "http://user:word@a.example/"])("refuses the URL %s when it is made", (url) => {
    expect(() => httpElement()({ url })).toThrow("element http: property url");
  });

  test("lets the server know when its input fails or its call is aborted", async () => {
    const gone: string[] = [];
    await using server = await serve((request, response) => {
      request.on("error", () => {});
      request.resume();
      response.on("close", () => gone.push(request.url ?? ""));
    });
    const http = (path: string) => httpElement(open)({ url: server.url + path, by: "all" }) as unknown as Whole;
    await expect(http("/failed")(failing(new Error("of the source"), "a"))).rejects.toThrow("of the source");
    const controller = new AbortController();
    const asking = http("/aborted")(from(["a"]), { signal: controller.signal });
    asking.catch(() => {});
    await turns(20);
    controller.abort(new Error("enough"));
    await expect(asking).rejects.toThrow("enough");
    while (!gone.includes("/aborted")) await turns();
  });
});

describe("http-get", () => {
  test("gives text as it comes", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      response.write(Buffer.from([0x61, 0xc3]));
      void promise.then(() => response.end(Buffer.from([0xa9])));
    });
    const output = httpGetElement(open)({ url: server.url })(call)[Symbol.asyncIterator]();
    expect((await output.next()).value).toBe("a");
    resolve();
    expect([(await output.next()).value, (await output.next()).done]).toEqual(["é", true]);
  });

  test("refuses an answer that is too large, after what was not", async () => {
    await using server = await serve((_, response) => {
      response.write("abc", () => setImmediate(() => response.end("de")));
    });
    const given: unknown[] = [];
    await expect((async () => {
      for await (const text of httpGetElement(open)({ url: server.url, maximum: 4 })(call)) given.push(text);
    })()).rejects.toThrow(expect.objectContaining({ code: "resource_exhausted", reason: "too-large" }));
    expect(given).toEqual(["abc"]);
  });

  test("fails when the answer is cut off", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("abc", () => response.destroy());
      void once(response, "close");
    });
    await expect(collect(httpGetElement(open)({ url: server.url })(call))).rejects.toThrow(expect.objectContaining({ code: "unavailable" }));
  });
});
