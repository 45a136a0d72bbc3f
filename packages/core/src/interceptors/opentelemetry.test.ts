import { AsyncLocalStorage } from "node:async_hooks";
import { context, ROOT_CONTEXT, SpanKind, trace, type Context, type ContextManager } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { feed, turns } from "@iftk/testing";
import { afterEach, expect, test } from "vitest";
import { bidi, collect, each, intercept, outputStream, pipe, StageError, unary, type Stream } from "../index.js";
import { openTelemetry, spanOf } from "./opentelemetry.js";

/** Carries the context over awaits, as that of the Node SDK does. */
class AsyncContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(within: Context, run: F, self?: ThisParameterType<F>, ...args: A): ReturnType<F> {
    return this.#storage.run(within, () => run.call(self, ...args));
  }
  bind<T>(_: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

afterEach(() => context.disable());

function recorder() {
  const exporter = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("test");
  return { tracer, spans: () => exporter.getFinishedSpans() };
}

const parentOf = (span: ReadableSpan, spans: readonly ReadableSpan[]): string | undefined => spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name;

test("a span says what ran, how much it gave and how soon", async () => {
  const { tracer, spans } = recorder();
  const letters = outputStream(async function* letters(word: string) {
    yield* word;
  });
  await collect(intercept(letters, openTelemetry({ tracer, attributes: { "app.tenant": "ana" } }))("abc"));
  const [span] = spans();
  const { "iftk.stage.time_to_first": first, ...attributes } = span?.attributes ?? {};
  expect([span?.name, attributes, span?.status, Number(first) >= 0 && Number(first) < 10]).toEqual([
    "letters",
    { "app.tenant": "ana", "iftk.stage.label": "letters", "iftk.stage.mode": "output-stream", "iftk.stage.items": 3 },
    { code: 0 },
    true,
  ]);
});

test("an error is recorded with its code, and leaving is no error", async () => {
  const { tracer, spans } = recorder();
  const telemetry = openTelemetry({ tracer });
  const failing = intercept(unary(() => Promise.reject(new StageError("unavailable", "down"))), telemetry);
  await failing("?").catch(() => {});
  for await (const value of intercept(bidi((input: Stream<string>) => input), telemetry)(feed("a", "b"))) if (value) break;
  expect(spans().map(({ status, attributes, events }) => [status, attributes["error.type"], attributes["iftk.stage.canceled"], events.map(({ name }) => name)])).toEqual([
    [{ code: 2, message: "down" }, "unavailable", undefined, ["exception"]],
    [{ code: 0 }, undefined, true, []],
  ]);
});

test("a call whose deadline passes has failed; one that is aborted was given up", async () => {
  const { tracer, spans } = recorder();
  const deaf = intercept(unary(() => new Promise<string>(() => {})), openTelemetry({ tracer }));
  await deaf("?", { deadline: Date.now() - 1 }).catch(() => {});
  await deaf("?", { deadline: Date.now() + 20 }).catch(() => {});
  await deaf("?", { signal: AbortSignal.timeout(1) }).catch(() => {});
  await expect.poll(() => spans().map(({ attributes }) => [attributes["error.type"], attributes["iftk.stage.canceled"]])).toEqual([["deadline_exceeded", undefined], [undefined, true]]);
});

test.for([["with", true], ["without", false]] as const)("spans nest through pipe, each and a Call that is handed on, %s a context manager", async ([, isManaged]) => {
  if (isManaged) context.setGlobalContextManager(new AsyncContext());
  const { tracer, spans } = recorder();
  const telemetry = openTelemetry({ tracer });
  const inner = intercept(unary(async function inner(word: string) {
    await turns();
    if (isManaged) tracer.startSpan("request").end();
    return word;
  }), telemetry);
  const outer = intercept(unary(async function outer(word: string, call) {
    await turns();
    return inner(word, call);
  }), telemetry);
  await collect(intercept(pipe(bidi(function same(input: Stream<string>) {
    return input;
  }), each(outer)), telemetry)(feed("a")));
  expect(spans().map((span) => [span.name, parentOf(span, spans())])).toEqual([
    ...(isManaged ? [["request", "inner"]] : []),
    ["inner", "outer"],
    ["outer", "same | each(outer)"],
    ["same | each(outer)", undefined],
  ]);
});

test("a span that is active around the first read is the parent", async () => {
  context.setGlobalContextManager(new AsyncContext());
  const { tracer, spans } = recorder();
  const stage = intercept(unary(async function stage(word: string) {
    return Promise.resolve(word);
  }), openTelemetry({ tracer }));
  const request = tracer.startSpan("request");
  await context.with(trace.setSpan(context.active(), request), () => stage("a"));
  request.end();
  expect(spans().map((span) => [span.name, parentOf(span, spans())])).toEqual([["stage", "request"], ["request", undefined]]);
});

test("name and kind may be given, and the stage finds its span", async () => {
  const { tracer, spans } = recorder();
  const stage = intercept(unary(async function stage(word: string, call) {
    spanOf(call)?.setAttribute("word.length", word.length);
    return Promise.resolve(word);
  }), openTelemetry({ tracer, name: "look up", kind: SpanKind.CLIENT }));
  await stage("abc");
  expect(spans().map(({ name, kind, attributes }) => [name, kind, attributes["word.length"]])).toEqual([["look up", SpanKind.CLIENT, 3]]);
});

test("over a stage that takes one value the span is not about the wait for it", async () => {
  const { tracer, spans } = recorder();
  const telemetry = openTelemetry({ tracer });
  const before = intercept(unary(async function before(word: string) {
    await turns(3);
    return word;
  }), telemetry);
  const after = intercept(unary(async function after(word: string) {
    return Promise.resolve(word);
  }), telemetry);
  await pipe(before, after)("a");
  expect(spans().map((span) => [span.name, parentOf(span, spans())])).toEqual([["before", undefined], ["after", undefined]]);
});

test("without a provider the run is the bare one", async () => {
  const stage = intercept(unary(async function stage(word: string) {
    return Promise.resolve(word);
  }), openTelemetry());
  expect(await stage("a")).toBe("a");
});
