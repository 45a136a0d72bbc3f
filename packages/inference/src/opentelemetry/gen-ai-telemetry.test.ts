import { collect, intercept, outputStream, StageError, unary, type Stream } from "@iftk/core";
import { rollback } from "@iftk/core/interceptors";
import { turns, virtualClock, type VirtualClock } from "@iftk/testing";
import { SpanKind } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader, type Histogram } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChatRequest, EmbeddingsReply, EmbeddingsRequest, Engine, Finish, Part, RevisablePart, Usage } from "../index.js";
import { resilient, resilientEngine } from "../resilience/index.js";
import { genAiTelemetry, observedEngine } from "./index.js";

let clock: VirtualClock;
beforeEach(() => void (clock = virtualClock().install()));
afterEach(() => clock.uninstall());

/** The SDK with exporters in memory. */
function sdk() {
  const spans = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer("test");
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
  const meter = new MeterProvider({ readers: [reader] }).getMeter("test");
  /** Each point: the metric, what it is about, how often it was recorded, and the sum. */
  const points = async (): Promise<unknown[]> => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [descriptor.name.replace("gen_ai.client.", ""), descriptor.unit, attributes["gen_ai.token.type"] ?? attributes["error.type"], (value as Histogram).count, Math.round(((value as Histogram).sum ?? 0) * 1000) / 1000]),
      ),
    );
  };
  const attributes = (): unknown[] =>
    spans.getFinishedSpans().map(({ name, kind, status, attributes: all }) => [name, kind, status.code, Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith("iftk.")).map(([key, value]) => [key.replace("gen_ai.", ""), value]))]);
  return { tracer, meter, spans, reader, points, attributes };
}

const usage: Usage = { inputTokens: 11, outputTokens: 22, cachedInputTokens: 3, reasoningTokens: 4 };
const finish = (said: Usage = usage): Finish => ({ type: "finish", reason: { unified: "stop", raw: "end_turn" }, usage: said, response: { id: "r1", model: "m-2026" } });
const say = (text: string): Part => ({ type: "text-delta", text });
const request: ChatRequest = { messages: [{ role: "user", content: "Hi" }], temperature: 0.5, stop: ["END"], seed: 7 };
const down = new StageError("unavailable", "down");

type Script = readonly (RevisablePart | Error | number)[];

function chat(...scripts: readonly Script[]) {
  let calls = 0;
  return outputStream(async function* chat(_: ChatRequest, { signal }): Stream<RevisablePart> {
    for (const one of scripts[calls++] ?? []) {
      if (one instanceof Error) throw one;
      if (typeof one === "number") await clock.sleep(one, signal);
      else yield one;
    }
  });
}

const common = { "operation.name": "chat", "provider.name": "acme", "request.model": "m" };
const asked = { ...common, "request.temperature": 0.5, "request.stop_sequences": ["END"], "request.seed": 7, "request.stream": true };
const answered = { "response.id": "r1", "response.model": "m-2026", "response.finish_reasons": ["end_turn"], "usage.input_tokens": 11, "usage.output_tokens": 22, "usage.cache_read.input_tokens": 3, "usage.reasoning.output_tokens": 4 };

test("a call is a client span by the conventions, and is measured", async () => {
  const { tracer, meter, attributes, points } = sdk();
  const script: Script = [{ type: "warning", message: "no content" }, 2000, say("a"), 500, { type: "usage", usage: { inputTokens: 1, outputTokens: 1 } }, 250, say("b"), finish()];
  const stage = intercept(chat(script), genAiTelemetry({ provider: "acme", model: "m", tracer, meter, defaults: { maxTokens: 100, seed: 1 }, server: { address: "api.acme.example", port: 443 }, attributes: { "app.tenant": "ana" } }));
  await clock.until(collect(stage(request)));
  const server = { "server.address": "api.acme.example", "server.port": 443 };
  expect(attributes()).toEqual([["chat m", SpanKind.CLIENT, 0, { ...asked, ...answered, ...server, "app.tenant": "ana", "request.max_tokens": 100, "response.time_to_first_chunk": 2 }]]);
  expect(await points()).toEqual([
    ["operation.duration", "s", undefined, 1, 2.75],
    ["operation.time_to_first_chunk", "s", undefined, 1, 2],
    ["operation.time_per_output_chunk", "s", undefined, 1, 0.75],
    ["token.usage", "{token}", "input", 1, 11],
    ["token.usage", "{token}", "output", 1, 22],
  ]);
});

test("the buckets are those of the conventions", async () => {
  const { tracer, meter, reader } = sdk();
  await clock.until(collect(intercept(chat([say("a"), say("b"), finish()]), genAiTelemetry({ provider: "acme", tracer, meter }))(request)));
  const { resourceMetrics } = await reader.collect();
  const boundaries = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ dataPoints }) => (dataPoints[0]?.value as Histogram | undefined)?.buckets.boundaries));
  const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
  expect(boundaries).toEqual([seconds, seconds, seconds, [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]]);
});

test("the span covers all attempts, and what failed on the way is not its error", async () => {
  const { tracer, meter, attributes, points } = sdk();
  const stage = intercept(resilient(chat([100, down], [say("a"), finish()]), { retry: { jitter: false } }), genAiTelemetry({ provider: "acme", model: "m", tracer, meter }));
  await clock.until(collect(stage(request)));
  expect([attributes(), (await points())[0]]).toEqual([[["chat m", SpanKind.CLIENT, 0, { ...asked, ...answered, "response.time_to_first_chunk": 0.6 }]], ["operation.duration", "s", undefined, 1, 0.6]]);
});

test("every exit ends the span: an error, an abort, a reader that leaves", async () => {
  const { tracer, meter, spans, points } = sdk();
  const stage = intercept(chat([say("a"), down], [say("a"), 1e6], [say("a"), say("b")]), genAiTelemetry({ provider: "acme", model: "m", tracer, meter }));
  await collect(stage(request)).catch(() => {});
  const controller = new AbortController();
  const aborted = collect(stage(request, { signal: controller.signal })).catch(() => {});
  await turns(2);
  controller.abort();
  await aborted;
  for await (const part of stage(request)) if (part) break;
  expect(spans.getFinishedSpans().map(({ status, attributes }) => [status.code, attributes["error.type"], attributes["iftk.stage.canceled"]])).toEqual([[2, "unavailable", undefined], [0, undefined, true], [0, undefined, true]]);
  expect((await points()).slice(0, 2)).toEqual([["operation.duration", "s", "unavailable", 1, 0], ["operation.duration", "s", undefined, 2, 0]]);
});

test("a deadline that passes is measured as an error", async () => {
  const { tracer, meter, points } = sdk();
  const stage = intercept(chat([say("a"), 1e6]), genAiTelemetry({ provider: "acme", tracer, meter }));
  await clock.until(collect(stage(request, { deadline: Date.now() + 2000 })).catch(() => {}));
  expect((await points())[0]).toEqual(["operation.duration", "s", "deadline_exceeded", 1, 2]);
});

test("usage that is estimated is not counted", async () => {
  const { tracer, meter, spans, points } = sdk();
  await collect(intercept(chat([say("a"), finish({ ...usage, estimated: true })]), genAiTelemetry({ provider: "acme", tracer, meter }))(request));
  expect([spans.getFinishedSpans()[0]?.name, spans.getFinishedSpans()[0]?.attributes["gen_ai.usage.input_tokens"], (await points()).length]).toEqual(["chat", undefined, 2]);
});

test("no content is told unless it is asked for", async () => {
  const { tracer, meter, spans } = sdk();
  const secret: ChatRequest = { messages: [{ role: "user", content: "my secret" }] };
  const stage = (content: boolean) => intercept(chat([say("your secret"), finish()]), genAiTelemetry({ provider: "acme", tracer, meter, content }));
  await collect(stage(false)(secret));
  await collect(stage(true)(secret));
  expect(spans.getFinishedSpans().map(({ attributes }) => JSON.stringify(attributes).match(/secret/gu)?.length ?? 0)).toEqual([0, 2]);
});

test("content is told in the form of the conventions, media left out, what was taken back too", async () => {
  const { tracer, meter, spans } = sdk();
  const long: ChatRequest = {
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "Look:" }, { type: "image", image: { data: "AAAA", mediaType: "image/png" } }, { type: "file", file: { url: "https://example.org/a.pdf" } }] },
      { role: "assistant", content: [{ type: "reasoning", text: "Hm." }, { type: "tool-call", id: "c1", name: "look", arguments: { at: 1 } }] },
      { role: "tool", content: "a cat", toolCallId: "c1" },
    ],
  };
  const parts: RevisablePart[] = [say("A d"), say("og"), rollback(2), { type: "reasoning-delta", text: "A cat?" }, say("A "), say("cat."), { type: "tool-call", id: "c2", name: "pet", arguments: { softly: true } }, { type: "text-delta", text: "A tomcat.", choice: 1 }, { type: "choice-finish", choice: 1, reason: { unified: "length", raw: "max" } }, { type: "choice-finish", choice: 0, reason: { unified: "tool-calls", raw: "tool_use" } }, finish()];
  await collect(intercept(chat(parts), genAiTelemetry({ provider: "acme", tracer, meter, content: true }))(long));
  const { attributes = {} } = spans.getFinishedSpans()[0] ?? {};
  expect([JSON.parse(String(attributes["gen_ai.input.messages"])), JSON.parse(String(attributes["gen_ai.output.messages"])), attributes["gen_ai.response.finish_reasons"]]).toEqual([
    [
      { role: "system", parts: [{ type: "text", content: "Be brief." }] },
      { role: "user", parts: [{ type: "text", content: "Look:" }, { type: "omitted_blob", modality: "image", mime_type: "image/png" }, { type: "uri", modality: "document", mime_type: null, uri: "https://example.org/a.pdf" }] },
      { role: "assistant", parts: [{ type: "reasoning", content: "Hm." }, { type: "tool_call", id: "c1", name: "look", arguments: { at: 1 } }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: [{ type: "text", content: "a cat" }] }] },
    ],
    [
      { role: "assistant", parts: [{ type: "reasoning", content: "A cat?" }, { type: "text", content: "A cat." }, { type: "tool_call", id: "c2", name: "pet", arguments: { softly: true } }], finish_reason: "tool_call" },
      { role: "assistant", parts: [{ type: "text", content: "A tomcat." }], finish_reason: "length" },
    ],
    ["tool_use", "max"],
  ]);
});

test("content is bounded", async () => {
  const { tracer, meter, spans } = sdk();
  const stage = intercept(chat([...Array.from({ length: 50 }, () => say("0123456789")), rollback(48), finish()]), genAiTelemetry({ provider: "acme", tracer, meter, content: true, maxContent: 12 }));
  await collect(stage({ messages: [{ role: "user", content: "x".repeat(100) }] }));
  const { attributes = {} } = spans.getFinishedSpans()[0] ?? {};
  expect([attributes["gen_ai.input.messages"], attributes["gen_ai.output.messages"]]).toEqual([
    JSON.stringify([{ role: "user", parts: [{ type: "text", content: `${"x".repeat(12)}…` }] }]),
    JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "012345678901…" }], finish_reason: "stop" }]),
  ]);
});

test("an engine is seen in all that it does", async () => {
  const { tracer, meter, attributes, points } = sdk();
  const engine = {
    provider: "acme",
    chat: () => chat([say("a"), finish()]) as never,
    embeddings: () =>
      unary(async function embed({ texts }: EmbeddingsRequest): Promise<EmbeddingsReply> {
        return Promise.resolve({ vectors: texts.map(() => [1]), usage: { inputTokens: 5, outputTokens: 0 } });
      }),
  } satisfies Engine;
  const seen = observedEngine(resilientEngine(engine as Engine & Required<Pick<Engine, "chat" | "embeddings">>), { tracer, meter, provider: "acme.ai" });
  await collect(seen.chat({ model: "m", topK: 5 })(request));
  await seen.embeddings({ model: "e" })({ texts: ["a"], dimensions: 64 });
  expect(attributes()).toEqual([
    ["chat m", SpanKind.CLIENT, 0, { ...asked, ...answered, "provider.name": "acme.ai", "request.top_k": 5, "response.time_to_first_chunk": 0 }],
    ["embeddings e", SpanKind.CLIENT, 0, { "operation.name": "embeddings", "provider.name": "acme.ai", "request.model": "e", "embeddings.dimension.count": 64, "usage.input_tokens": 5, "usage.output_tokens": 0 }],
  ]);
  expect((await points()).map((point) => (point as unknown[]).slice(0, 4))).toEqual([
    ["operation.duration", "s", undefined, 1],
    ["operation.duration", "s", undefined, 1],
    ["operation.time_to_first_chunk", "s", undefined, 1],
    ["token.usage", "{token}", "input", 1],
    ["token.usage", "{token}", "output", 1],
    ["token.usage", "{token}", "input", 1],
    ["token.usage", "{token}", "output", 1],
  ]);
});

test("without the SDK all goes on as it is", async () => {
  const stage = intercept(chat([say("a"), finish()]), genAiTelemetry({ provider: "acme", content: true }));
  expect(await collect(stage(request))).toEqual([say("a"), finish()]);
});
