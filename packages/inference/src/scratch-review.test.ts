import { collect, from, outputStream, StageError, type Stream } from "@iftk/core";
import { virtualClock, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { batchStage } from "./batch/batch-stage.js";
import { eachBounded } from "./batch/each-bounded.js";
import { itemOf, memoryJobs, memoryJournal } from "./batch/fixtures/memory-jobs.js";
import { poll } from "./http/poll.js";
import { resilient, resilientEngine } from "./resilience/index.js";
import type { ChatRequest, Part, Engine, ImageAnalysisPart, ImageAnalysisRequest, ImageAnalysis } from "./index.js";
import { imageAnalysisInParallel } from "./image-analysis-in-parallel.js";
import { mediaFromFile } from "./media/index.js";
import { redact } from "./http/redact.js";
import { messagesToObject } from "./structured/index.js";
import { z } from "zod";

const finish = { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: { inputTokens: 1, outputTokens: 1 } } as const;
const told = (parts: readonly any[]) => parts.map((part) => (part.type === "progress" ? [part.done, part.failed, part.total, part.batch ?? ""].join(" ") : `${part.id}: ${part.reply?.text ?? part.error?.code}`));

test("too large is not retried", async () => {
  const clock = virtualClock().install();
  try {
    let calls = 0;
    const stage = resilient(outputStream(async function* big(_: ChatRequest): Stream<Part> { calls++; throw new StageError("resource_exhausted", "too large", { reason: "too-large" }); }));
    await clock.until(collect(stage({ messages: [{ role: "user", content: "x" }] })).catch(() => {}));
    expect(calls).toBe(1);
  } finally { clock.uninstall(); }
});

test("dup with journal", async () => {
  const clock = virtualClock().install();
  try {
    const journal = memoryJournal();
    const parts = await clock.until(collect(batchStage(memoryJobs(), { journal })(from([itemOf("a"), itemOf("a", "other")]))));
    expect(told(parts).some((line) => line === "a: a!")).toBe(true);
    expect(journal.lines.some((l) => l.includes('"reply"'))).toBe(true);
  } finally { clock.uninstall(); }
});

test("each dup with journal", async () => {
  const journal = memoryJournal();
  let n = 0;
  const chat = outputStream(async function* chat(_: ChatRequest): Stream<Part> { n++; await turns(3); yield { type: "text-delta", text: "x" }; yield finish; });
  const parts = await collect(eachBounded(chat, { journal })(from([itemOf("a"), itemOf("a")])));
  expect([n, told(parts)]).toEqual([1, ["a: x", "1 0 1 "]]);
});

test("limits of one capability are shared by its stages", async () => {
  let now = 0, most = 0;
  const engine: Engine & Required<Pick<Engine, "chat">> = { provider: "p", chat: () => outputStream(async function* chat(_: ChatRequest): Stream<Part> { most = Math.max(most, ++now); await turns(3); now--; yield finish; }) };
  const r = resilientEngine(engine, { capabilities: { chat: { concurrency: { limit: 1 } } } });
  const req = { messages: [{ role: "user" as const, content: "x" }] };
  await Promise.all([collect(r.chat({ model: "a" })(req)), collect(r.chat({ model: "b" })(req))]);
  expect(most).toBe(1);
});

test("poll long", async () => {
  let n = 0;
  expect(await collect(poll({ ask: async () => ++n, isDone: (x) => x === 2, interval: 20, maxWait: 30 * 24 * 3600_000 }))).toEqual([1, 2]);
});

test("parallel left early", async () => {
  const log: string[] = [];
  const wait = (name: string) => outputStream(async function* look(_: ImageAnalysisRequest, { signal }): Stream<ImageAnalysisPart> { signal.addEventListener("abort", () => log.push(name)); await new Promise(() => {}); });
  const it = imageAnalysisInParallel({ llm: wait("llm"), vision: wait("vision") })({ image: { url: "https://a/b.png" } })[Symbol.asyncIterator]();
  void it.next().catch(() => {});
  await turns(3);
  void it.return?.();
  await turns(3);
  expect(log.sort()).toEqual(["llm", "vision"]);
});

test("redact", () => {
  expect(redact('{"a":"AIzaSyA1234567890abcdefghijk sk-ant-api03-abcdefghijklmno"}')).not.toContain("abcdef");
  const t0 = performance.now(); redact("secret" + " ".repeat(60000)); redact("api key ".repeat(8000)); redact("Bearer " .repeat(9000)); redact("api_key provided ".repeat(4000));
  expect(performance.now() - t0).toBeLessThan(500);
});

test("object: the stream is cut", async () => {
  let n = 0;
  const chat = outputStream(async function* chat(_: ChatRequest): Stream<Part> { n++; yield { type: "text-delta", text: '{"a":' }; if (n === 1) throw new StageError("unavailable", "cut", { reason: "truncated" }); yield { type: "text-delta", text: '1}' }; yield finish; });
  const parts = await collect(messagesToObject({ chat, schema: z.object({ a: z.number() }) })({ messages: [{ role: "user", content: "x" }] })).catch((e) => e.message);
  expect(parts).toEqual("cut");
});
