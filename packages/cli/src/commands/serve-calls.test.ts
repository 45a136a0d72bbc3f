import { collect, from, open, type Bidi } from "@iftk/core";
import { remote } from "@iftk/client";
import { describe, expect, test } from "vitest";
import { startMain, type Running } from "../fixtures/run-main.js";

/** Serves a pipeline on a free port until the test is over. */
async function served(...args: readonly string[]): Promise<Running & AsyncDisposable & { readonly url: string }> {
  const running = startMain(["serve", ...args, "--port", "0"]);
  await running.shows("\n");
  const dispose = async (): Promise<void> => {
    running.stop();
    await running.ended;
  };
  return { ...running, url: /http:[^\s"]+/u.exec(running.written())?.[0] ?? "", [Symbol.asyncDispose]: dispose };
}

const post = (url: string, body: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}/run`, { method: "POST", headers: { "content-type": "application/json" }, body, ...init });
const streamAt = (url: string): Bidi<unknown, unknown> => remote<Bidi<unknown, unknown>>(`${url}/stream`, { mode: "bidi" });

describe("over a WebSocket", () => {
  test("each value is answered before the next is sent, two clients at once each with a run of their own", async () => {
    await using server = await served("distinct");
    const [first, second] = [open(streamAt(server.url)), open(streamAt(server.url))];
    const [fromFirst, fromSecond] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
    const say = async (channel: typeof first, answers: typeof fromFirst, value: string): Promise<unknown> => (await channel.write(value), (await answers.next()).value);
    expect([await say(first, fromFirst, "a"), await say(second, fromSecond, "a"), await say(first, fromFirst, "b")]).toEqual(["a", "a", "b"]);
    await Promise.all([first.close(), second.close()]);
  });

  test("a whole exchange ends on both sides, and what cannot be taken is an error there", async () => {
    await using server = await served("upper ! words");
    expect(await collect(streamAt(server.url)(from(["one tw", "o", " three"])))).toEqual(["ONE", "TWO", "THREE"]);
    await expect(collect(streamAt(server.url)(from(["a", 5])))).rejects.toMatchObject({ code: "invalid_argument", message: "the pipeline takes a text: send a JSON string" });
  });
});

describe("by POST", () => {
  test("values come one by one as events, as curl reads them", async () => {
    await using server = await served("words");
    const body = await (await post(server.url, '"a b"')).text();
    expect(body.split("\n\n").map((event) => event.split("\n").filter((line) => !line.startsWith("id:")))).toEqual([['data: "a"'], ['data: "b"'], ["event: end", "data: {}"], [""]]);
  });

  test.each([
    ["no JSON", '{"oops', {}, 400],
    ["nothing", "", {}, 400],
    ["a list", "[1]", {}, 400],
    ["another type", "hello", { headers: { "content-type": "text/plain" } }, 415],
    ["more than a mebibyte", JSON.stringify("x".repeat(2 ** 20)), {}, 413],
    ["a page of another origin", '"a"', { headers: { "content-type": "application/json", origin: "https://evil.example" } }, 403],
  ])("%s is refused with what is wrong", async (_, body, init, status) => {
    await using server = await served("upper");
    const response = await post(server.url, body, init);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code: expect.any(String) as string, message: expect.stringMatching(/.{10}/u) as string } }]);
  });

  test("a run that fails is told of to the client and, with its place and harmless to a terminal, on stderr", async () => {
    await using server = await served("from-jsonl");
    expect(await (await post(server.url, '"1\\n{\\u001b\\n"')).text()).toMatch(/data: 1\n[\s\S]*event: error\nid: 2\ndata: .*line 2 is not JSON/u);
    await expect.poll(server.told).toContain("iftk: from-jsonl: line 2 is not JSON\n");
    await using forPrograms = await served("from-jsonl", "--json");
    await (await post(forPrograms.url, '"{"')).text();
    await expect.poll(forPrograms.told).toContain('{"type":"error",');
  });
});

describe("the end", () => {
  test("a client that leaves ends its run: nothing holds the server up", async () => {
    const { url, stop, ended } = await served("upper ! delay ms=60000");
    const controller = new AbortController();
    const asked = post(url, '"a"', { signal: controller.signal });
    const iterator = streamAt(url)(from(["a"]))[Symbol.asyncIterator]();
    const next = iterator.next();
    await (await fetch(url)).text();
    controller.abort();
    await Promise.all([expect(asked).rejects.toThrow(), iterator.return?.(), next]);
    const begun = performance.now();
    stop();
    expect([(await ended).code, performance.now() - begun < 3000]).toEqual([130, true]);
  });

  test("what runs when it is stopped is given to its end, and nobody else is taken", async () => {
    const { url, stop, ended } = await served("words ! delay ms=400");
    const answer = await post(url, '"a b"');
    stop();
    await expect(fetch(url)).rejects.toThrow();
    expect(await answer.text()).toMatch(/data: "a"\n[\s\S]*data: "b"\n[\s\S]*event: end/u);
    expect(await ended).toMatchObject({ code: 130, stderr: "" });
  });
});
