import { bidi, outputStream, unary } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, host, until } from "./fixtures/loopback.js";
import { errorOf, framesOf, post } from "./fixtures/requests.js";
import { BareClient, closeSockets, hostSockets, opening, valueFrame } from "./fixtures/sockets.js";
import { serve, type ServeOptions } from "./serve.js";

afterEach(() => {
  closeAll();
  closeSockets();
});

const words = outputStream(async function* words(text: string) {
  yield* text.split(" ");
});
const upper = unary(async (text: string) => text.toUpperCase());
const exclaim = bidi(async function* exclaim(words: Stream<string>) {
  for await (const word of words) yield `${word}!`;
});
const routes = { words, upper, exclaim };

/** Says what it is asked, body and all. */
async function page(request: Request): Promise<Response> {
  const { method, url } = request;
  return new Response(`${method} ${new URL(url).pathname}${new URL(url).search} ${await request.text()}`, { status: 203, headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
}

const ask = (path: string, init: RequestInit = {}, options: ServeOptions = {}): Promise<Response> => serve(routes, { fallback: page, ...options })(new Request(`http://host.test${path}`, init));

describe("serve with a fallback", () => {
  it.each([
    ["GET", "/", "GET / "],
    ["GET", "/words.html?a=b", "GET /words.html?a=b "],
    ["POST", "/other", "POST /other some text"],
    ["DELETE", "/other/words", "DELETE /other/words "],
    ["OPTIONS", "/other", "OPTIONS /other "],
    ["GET", "/__proto__", "GET /__proto__ "],
  ])("leaves %s %s to it, whole, in memory and over a connection", async (method, path, text) => {
    const init = { method, ...(method === "POST" ? { body: "some text" } : {}) };
    const port = await host(serve(routes, { fallback: page }));
    for (const response of [await ask(path, init), await fetch(`http://127.0.0.1:${port}${path}`, init)]) {
      expect([response.status, response.headers.getSetCookie(), response.headers.get("iftk-run"), await response.text()]).toEqual([203, ["a=1", "b=2"], null, text]);
    }
  });

  it("keeps the paths of its stages: calls, and refusals of other methods", async () => {
    const handle = serve(routes, { fallback: page });
    expect(await framesOf(await handle(post("/words", '"a b"')))).toHaveLength(3);
    expect(await (await handle(post("/upper", '"a"'))).json()).toEqual({ value: "A" });
    expect([await errorOf(await ask("/words")), await errorOf(await ask("/words", { method: "POST", body: "a" })), (await ask("/words", { method: "OPTIONS" })).status]).toEqual([
      [405, "unimplemented", "method"],
      [415, "invalid_argument", "content-type"],
      204,
    ]);
  });

  it.each(["https://evil.test", "null"])("hears no page of the origin %s", async (origin) => {
    let asked = 0;
    const fallback = (): Response => new Response(String((asked += 1)));
    for (const path of ["/", "/other", "/words"]) expect(await errorOf(await ask(path, { method: "POST", headers: { origin } }, { fallback }))).toEqual([403, "permission_denied", "origin"]);
    const statuses = [await ask("/", { headers: { origin: "http://host.test" } }, { fallback }), await ask("/", { headers: { origin: "https://app.test" } }, { fallback, origins: ["https://app.test"] })].map(({ status }) => status);
    expect([statuses, asked]).toEqual([[200, 200], 2]);
  });

  it("keeps the sockets of its stages, and lets none through to it", async () => {
    let asked = 0;
    const { port, connections } = await hostSockets(serve(routes, { fallback: () => new Response(String((asked += 1))) }));
    const client = await new BareClient(port, "/exclaim").say(opening);
    await until(() => client.frames.length === 1);
    await client.say(valueFrame("a"), { kind: "end", id: 2 });
    await until(() => client.code !== undefined);
    const lost = new BareClient(port, "/other");
    await until(() => lost.code !== undefined && connections.size === 0);
    const notFound = { kind: "error", id: 1, error: expect.objectContaining({ code: "not_found", reason: "route" }) as unknown };
    expect([client.frames.slice(1), lost.frames, asked]).toEqual([[valueFrame("a!"), { kind: "end", id: 2 }], [notFound], 0]);
  });

  it("answers 500 over a connection where it throws, and tells the log", async () => {
    const errors: unknown[] = [];
    const broken = new Error("no such folder: /home/me");
    const handler = serve(routes, { fallback: () => Promise.reject(broken) });
    const port = await host(handler, undefined, (error) => void errors.push(error));
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([await errorOf(response), errors]).toEqual([[500, "internal", undefined], [broken]]);
    await expect(handler(new Request("http://host.test/"))).rejects.toBe(broken);
  });

  it("lets it know that its caller has left", async () => {
    const left = Promise.withResolvers<unknown>();
    const port = await host(
      serve(routes, {
        fallback({ signal }) {
          signal.addEventListener("abort", () => left.resolve(signal.reason));
          return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) }));
        },
      }),
    );
    const caller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: caller.signal });
    await response.body?.getReader().read();
    caller.abort();
    expect(await left.promise).toEqual(expect.objectContaining({ code: "canceled", reason: "caller-left" }));
  });
});
