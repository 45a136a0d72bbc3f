import { collect, from, outputStream, intercept, StageError, type Stream } from "@iftk/core";
import { virtualClock, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { hedge } from "@iftk/core/interceptors";
import { resilient, usageLedger } from "./resilience/index.js";
import type { ChatRequest, Part, MediaPart } from "./index.js";
import { providerError, retryAfterOf, sseEvents, request, redact, providerFailure } from "./http/index.js";
import { saveMedia, fetchMedia } from "./media/index.js";
import { imageAnalysisInParallel } from "./image-analysis-in-parallel.js";
import { text, reply } from "./text.js";
import { jsonReader } from "@iftk/wire";
import { createServer } from "node:http";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messagesToObject } from "./structured/index.js";
import { z } from "zod";

const finish = { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: { inputTokens: 1, outputTokens: 1 } } as const;
const req: ChatRequest = { messages: [{ role: "user", content: "x" }] };

test("hedge + retry attempts", async () => {
  const clock = virtualClock().install();
  try {
    let calls = 0;
    const stage = resilient(outputStream(async function* c(_: ChatRequest): Stream<Part> { calls++; throw new StageError("resource_exhausted", "429", { reason: "rate-limit", retryAfter: 1000 }); }), { hedge: { after: 100_000 } });
    await clock.until(collect(stage(req)).catch(() => {}));
    expect([calls, clock.now]).toEqual([3, 2000]);
  } finally { clock.uninstall(); }
});
test("proto", () => {
  const r = jsonReader(); r.push('{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}');
  const v = r.end() as any; expect(({} as any).a).toBeUndefined(); expect(({} as any).b).toBeUndefined(); expect(Object.keys(v)).toEqual(["__proto__", "constructor"]);
});
test("proto partial object via zod", async () => {
  const chat = outputStream(async function* chat(_: ChatRequest): Stream<Part> { yield { type: "text-delta", text: '{"__proto__":{"admin":true},"a":1}' }; yield finish; });
  const parts = await collect(messagesToObject({ chat, schema: z.object({ a: z.number() }) })(req));
  expect((parts.find((p) => p.type === "object") as any).object.admin).toBeUndefined();
});
test("cause and inspect of errors of request do not hold the key", async () => {
  const { inspect } = await import("node:util");
  const server = createServer((q, s) => { s.socket!.destroy(); }).listen(0);
  await new Promise((r) => server.once("listening", r));
  const url = `http://127.0.0.1:${(server.address() as any).port}/?key=supersecretvalue123`;
  const e = await request({ provider: "p", url, headers: { authorization: "Bearer supersecretvalue123" }, signal: undefined, secrets: ["supersecretvalue123"] }).catch((x) => x);
  const e2 = await request({ provider: "p", url: "http://127.0.0.1:1/?key=supersecretvalue123", headers: { authorization: "Bearer supersecretvalue123" }, signal: undefined, secrets: ["supersecretvalue123"] }).catch((x) => x);
  const e3 = await request({ provider: "p", url, headers: { authorization: "Bearer supersecretvalue123\n\n" }, signal: undefined, secrets: ["supersecretvalue123"] }).catch((x) => x);
  const e4 = await request({ provider: "p", url: "http://supersecretvalue123@:", signal: undefined, secrets: ["supersecretvalue123"] }).catch((x) => x);
  server.close();
  for (const x of [e, e2, e3, e4]) { expect(x.message).toBeTruthy(); expect(inspect(x, { depth: 12, showHidden: false })).not.toContain("supersecretvalue123"); }
});
test("garbage http response", async () => {
  const { createServer: tcp } = await import("node:net");
  const { inspect } = await import("node:util");
  const server = tcp((s) => { s.once("data", (d) => s.end("HTTP/1.1 200 OK\r\nbad header " + d.toString().replaceAll("\r\n", " ") + "\r\n\r\n")); }).listen(0);
  await new Promise((r) => server.once("listening", r));
  const x = await request({ provider: "p", url: `http://127.0.0.1:${(server.address() as any).port}/`, headers: { authorization: "Bearer supersecretvalue123" }, signal: undefined, secrets: ["supersecretvalue123"] }).catch((x) => x);
  server.close();
  expect(x.code).toBe("unavailable");
  expect(inspect(x, { depth: 12 })).not.toContain("supersecretvalue123");
});
test("json of a body with half utf8, and status 204", async () => {
  const server = createServer((q, s) => { s.writeHead(204).end(); }).listen(0);
  await new Promise((r) => server.once("listening", r));
  const r = await request({ provider: "p", url: `http://127.0.0.1:${(server.address() as any).port}/`, signal: undefined });
  await expect(r.json()).rejects.toMatchObject({ reason: "malformed" });
  server.close();
});
test("fetch failure retry-after", () => {
  expect([retryAfterOf({ "Retry-After": "0x10" }), retryAfterOf({ "retry-after": "1e3" }), retryAfterOf({ "retry-after": "" }), retryAfterOf({ "retry-after": "-0" }), retryAfterOf({ "retry-after": "Infinity" }), retryAfterOf({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }), retryAfterOf({ "retry-after": "Sunday, 06-Nov-94 08:49:37 GMT" })]).toEqual([undefined, undefined, undefined, 0, undefined, 0, 0]);
});
test("providerFailure on an axios like error with request inside", async () => {
  const { inspect } = await import("node:util");
  const e = Object.assign(new Error("Request failed for supersecretvalue123"), { status: 401, headers: new Headers({ "x": "1" }), config: { headers: { a: "supersecretvalue123" } }, request: { k: "supersecretvalue123" }, error: { message: "no supersecretvalue123" } });
  const x = providerFailure("p", e, { secrets: ["supersecretvalue123"] });
  expect(inspect(x, { depth: 12 })).not.toContain("supersecretvalue123");
});
test("save: many", async () => {
  const folder = await mkdtemp(join(tmpdir(), "x-"));
  const parts: MediaPart[] = [{ type: "media-start", index: 0, mediaType: "image/png", isPreview: true }, { type: "media-delta", index: 0, bytes: new Uint8Array(3) }, { type: "media-start", index: 1, mediaType: "image/../../x" }, { type: "media-delta", index: 1, bytes: new Uint8Array(3) }, { type: "media-end", index: 0 }, { type: "media-end", index: 1 }, finish];
  const saved = await saveMedia({ folder, name: "a" })(from(parts));
  expect([saved.map(({ path }) => path.slice(folder.length)), await readdir(folder)]).toEqual([["/a.bin"], ["a.bin"]]);
});
