import { bidi, outputStream } from "@iftk/core";
import type { AnyStage, Stream } from "@iftk/core";
import { describe, expect, it } from "vitest";
import { errorOf, framesOf, post } from "./fixtures/requests.js";
import { serve } from "./serve.js";
import type { ServeOptions } from "./serve.js";

const words = outputStream(async function* words(text: string) {
  yield* text.split(" ");
});
const echo = bidi(async function* echo(input: Stream<string>) {
  yield* input;
});

const routes = { words, echo };

const call = (path: string, input: unknown, init?: RequestInit, options?: ServeOptions) => serve(routes, options)(post(path, JSON.stringify(input), init));

describe("serve, asked for what it does not give", () => {
  it.each([
    ["a path of no stage", post("/other", 1), [404, "not_found", "route"]],
    ["a path of Object's own", post("/__proto__", 1), [404, "not_found", "route"]],
    ["another path of Object's own", post("/constructor", 1), [404, "not_found", "route"]],
    ["GET", new Request("http://host.test/words"), [405, "unimplemented", "method"]],
    ["DELETE", new Request("http://host.test/words", { method: "DELETE" }), [405, "unimplemented", "method"]],
    ["a body that says it is a form", post("/words", 1, { headers: { "content-type": "text/plain" } }), [415, "invalid_argument", "content-type"]],
    ["a body without a type", new Request("http://host.test/words", { method: "POST", body: new Uint8Array(1) }), [415, "invalid_argument", "content-type"]],
    ["a body that is not JSON", post("/words", "hello"), [400, "invalid_argument", "malformed"]],
    ["no body", new Request("http://host.test/words", { method: "POST", headers: { "content-type": "application/json" } }), [400, "invalid_argument", "malformed"]],
    ["a body that is not UTF-8", new Request("http://host.test/words", { method: "POST", body: new Uint8Array([34, 255, 34]), headers: { "content-type": "application/json" } }), [400, "invalid_argument", "malformed"]],
    ["a stage that takes a stream", post("/echo", 1), [501, "unimplemented", "mode"]],
    ["a page of another host", post("/words", 1, { headers: { origin: "https://evil.test" } }), [403, "permission_denied", "origin"]],
    ["a page without an origin to name", post("/words", 1, { headers: { origin: "null" } }), [403, "permission_denied", "origin"]],
    ["a page of another port", post("/words", 1, { headers: { origin: "http://host.test:81" } }), [403, "permission_denied", "origin"]],
  ])("refuses %s", async (_name, request, expected) => {
    const response = await serve(routes)(request);
    expect(response.headers.get("iftk-run")).toBeTruthy();
    expect(await errorOf(response)).toEqual(expected);
  });

  it("names the methods that it takes", async () => {
    expect((await serve(routes)(new Request("http://host.test/words"))).headers.get("allow")).toBe("POST, OPTIONS");
  });

  it.each([
    ['{"a": 1,\n}', "The request body is not JSON at position 9."],
    ['{"a": ', "The request body is not JSON: it ends too early, at position 6."],
    [" ", "The request body is not JSON: it is empty."],
    ["sk-123", "The request body is not JSON."],
  ])("says where %j stops being JSON, without a quote of it", async (body, message) => {
    const response = await serve(routes)(post("/words", body));
    expect(await response.json()).toEqual({ error: { code: "invalid_argument", reason: "malformed", message } });
  });

  it("takes a body of its bound and refuses one byte more, whatever the request says of its length", async () => {
    let pulled = 0;
    const body = (size: number) =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled += 1;
            if (pulled > size) controller.close();
            else controller.enqueue(new Uint8Array([pulled === 1 || pulled === size ? 34 : 97]));
          },
        },
        { highWaterMark: 0 },
      );
    const send = (size: number) => {
      pulled = 0;
      return call("/words", undefined, { body: body(size), duplex: "half" } as RequestInit, { maxBodyBytes: 20 });
    };
    expect((await framesOf(await send(20)))[0]).toEqual({ kind: "value", id: 1, value: "a".repeat(18) });
    expect([await errorOf(await send(1000)), pulled]).toEqual([[413, "resource_exhausted", "too-large"], 21]);
    expect(await errorOf(await call("/words", undefined, { body: '"12345678901234567890"', headers: { "content-length": "22" } }, { maxBodyBytes: 20 }))).toEqual([
      413,
      "resource_exhausted",
      "too-large",
    ]);
  });

  it("lets pages of its own host and of listed origins call, and answers the browser that asks first", async () => {
    expect((await call("/words", "a", { headers: { origin: "https://host.test" } })).status).toBe(200);
    const options = { origins: ["https://app.test"] };
    const allowed = await call("/words", "a", { headers: { origin: "https://app.test" } }, options);
    expect([allowed.status, allowed.headers.get("access-control-allow-origin"), allowed.headers.get("vary")]).toEqual([200, "https://app.test", "origin"]);
    const ask = new Request("http://host.test/words", {
      method: "OPTIONS",
      headers: { origin: "https://app.test", "access-control-request-headers": "content-type,x-key" },
    });
    const preflight = await serve(routes, options)(ask);
    expect([preflight.status, preflight.headers.get("access-control-allow-methods"), preflight.headers.get("access-control-allow-headers")]).toEqual([
      204,
      "POST",
      "content-type,x-key",
    ]);
    expect((await call("/words", "a", { headers: { origin: "https://app.test.evil" } }, options)).status).toBe(403);
  });

  it.each([
    ["a name with a space", { "a b": words }],
    ["an empty name", { "": words }],
    ["a name that climbs", { "../a": words }],
    ["a function that is no stage", { a: (() => 1) as unknown as AnyStage }],
  ])("throws for %s", (_name, wrong) => {
    expect(() => serve(wrong as Record<string, AnyStage>)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
