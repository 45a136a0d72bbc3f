/** The laws for elements that only give or only take: each is tried as it is made, and as a run calls it. */
import { readFile } from "node:fs/promises";
import { PassThrough, Writable } from "node:stream";
import { collect, outputStream, type AnyStage, type Call, type Stream } from "@iftk/core";
import { countedAbort, failing, feed, hang, liveTimers, stageLaws, tracked, turns, type LiveTimers } from "@iftk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "./fixtures/serve.js";
import { temporaryFolder } from "./fixtures/temporary-folder.js";
import { consoleElement, discard, fileElement, httpGetElement, interval, readBytesElement, readElement, stdinElement, stdoutElement, values } from "./index.js";

type Source = (call: Call) => Stream<unknown>;
type Sink = (input: Stream<unknown>, call: Call) => Promise<void>;

const folder = await temporaryFolder();
const write = fileElement({ root: folder.path });
await write({ path: "two" })(feed("a".repeat(2 ** 16), "b"), { signal: new AbortController().signal });
const open = new Set<unknown>();
const server = await serve((request, response) => {
  open.add(response);
  response.on("close", () => open.delete(response));
  response.write("a", () => (request.url === "/hang" ? undefined : setImmediate(() => response.end("b"))));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

let timers: LiveTimers;
beforeAll(() => {
  timers = liveTimers();
});
afterAll(() => timers.stop());

const piped = (...pieces: string[]): PassThrough => PassThrough.from(pieces) as PassThrough;
const allowPrivate = true;

/** What each gives; `silent` is one that never answers. */
const sources: Readonly<Record<string, { readonly make: () => Source; readonly output: readonly unknown[]; readonly silent?: () => Source; readonly isReleased?: () => boolean; readonly soon?: number }>> = {
  interval: { make: () => interval({ ms: 1, count: 3 }), output: [0, 1, 2], silent: () => interval({ ms: 1_000_000 }), isReleased: () => timers.count === 0 },
  "http-get": { make: () => httpGetElement({ allowPrivate })({ url: server.url }), output: ["a", "b"], isReleased: () => open.size === 0, soon: 20 },
  read: { make: () => readElement({ root: folder.path })({ path: "two" }), output: ["a".repeat(2 ** 16), "b"] },
  "read-bytes": { make: () => readBytesElement({ root: folder.path })({ path: "two" }), output: [new TextEncoder().encode("a".repeat(2 ** 16)), new TextEncoder().encode("b")] },
  stdin: { make: () => stdinElement(piped("a", "b"))(), output: ["a", "b"], silent: () => stdinElement(new PassThrough())() },
  values: { make: () => values({ of: [1, "a"] }), output: [1, "a"] },
};

describe.each(Object.entries(sources))("%s", (name, { make, output, silent, ...facts }) => {
  const asStage = (source: Source): AnyStage => outputStream((_: undefined, call: Call) => source(call));
  stageLaws(name, { stage: () => asStage(make()), input: [undefined], output, ...(silent && { hanging: () => asStage(silent()) }), ...facts });

  test("gives the same as often as it is run, and each run ends", async () => {
    const source = make();
    const { signal } = new AbortController();
    const first = await collect(source({ signal }));
    expect([first, name === "stdin" ? first : await collect(source({ signal }))]).toEqual([output, output]);
  });

  test("is released by whoever leaves it after the first value, and by an abort before it", async () => {
    const abort = countedAbort();
    for await (const _ of make()({ signal: abort.signal })) break;
    await expect(collect(make()({ signal: AbortSignal.abort(new Error("enough")) })).then(() => name === "values" && Promise.reject(new Error("enough")))).rejects.toThrow("enough");
    for (let turn = 0; turn < 1000 && facts.isReleased?.() === false; turn++) await turns();
    expect([abort.listeners, facts.isReleased?.() ?? true]).toEqual([0, true]);
  });
});

test("a source that waits hears an abort", async () => {
  for (const source of [interval({ ms: 1_000_000 }), stdinElement(new PassThrough())(), httpGetElement({ allowPrivate })({ url: `${server.url}/hang` })]) {
    const controller = new AbortController();
    const reading = collect(source({ signal: controller.signal }));
    reading.catch(() => {});
    await turns(20);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  }
});

const kept = (): { readonly stream: Writable; readonly text: () => string } => {
  let text = "";
  return { stream: new Writable({ write: (chunk: Buffer, _encoding, done) => { text += chunk.toString(); done(); } }), text: () => text };
};

const sinks: Readonly<Record<string, { readonly make: () => { readonly sink: Sink; readonly taken: () => unknown }; readonly taken: unknown }>> = {
  console: { make: () => { const { stream, text } = kept(); return { sink: consoleElement(stream)(), taken: text }; }, taken: "ab\n" },
  discard: { make: () => ({ sink: discard(), taken: () => undefined }), taken: undefined },
  file: { make: () => ({ sink: write({ path: "out" }), taken: () => readFile(`${folder.path}/out`, "utf8") }), taken: "ab" },
  stdout: { make: () => { const { stream, text } = kept(); return { sink: stdoutElement(stream)(), taken: text }; }, taken: "ab" },
};

describe.each(Object.entries(sinks))("%s", (name, { make, taken }) => {
  stageLaws(name, { stage: () => make().sink as unknown as AnyStage, input: ["a", "b"], output: [undefined], soon: 20 });

  test("takes all as often as it is run, and closes what it reads", async () => {
    const { sink, taken: find } = make();
    const { signal } = new AbortController();
    const source = tracked(feed("a", "b"));
    await sink(source, { signal });
    expect([await find(), source.closed]).toEqual([taken, 1]);
    await sink(feed<unknown>(), { signal });
  });

  test("tells the error of what it reads untouched, and hears an abort while that hangs", async () => {
    const error = new Error("of the source");
    await expect(make().sink(failing(error, "a"), { signal: new AbortController().signal })).rejects.toBe(error);
    const abort = countedAbort();
    const source = tracked(hang("a"));
    const taking = make().sink(source, { signal: abort.signal });
    taking.catch(() => {});
    await turns(20);
    abort.abort(new Error("enough"));
    await expect(taking).rejects.toThrow("enough");
    for (let turn = 0; turn < 100 && source.closed === 0; turn++) await turns();
    expect([source.closed, abort.listeners]).toEqual([1, 0]);
  });
});
