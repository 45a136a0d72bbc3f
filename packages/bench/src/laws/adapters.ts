/** Each library as something that takes an async iterable and gives one, in the way its documents show; the work is one map. */
import { addAbortSignal, pipeline, Readable, Transform } from "node:stream";
import { as } from "@reactivex/ix-esnext-esm/asynciterable/asynciterablex";
import { map as mapOfIx } from "@reactivex/ix-esnext-esm/asynciterable/operators/map";
import { withAbort } from "@reactivex/ix-esnext-esm/asynciterable/operators/withabort";
import { RunnableLambda } from "@langchain/core/runnables";
import { map as mapOfIftk, pipe as pipeOfIftk } from "@iftk/core";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import { pipe as pipeOfIt } from "it-pipe";
import { asyncMap } from "iter-tools";
import { from as observe, map as mapOfRxjs, type Observable } from "rxjs";
import { map as mapOfStreamingIterables } from "streaming-iterables";
import { streamTokens } from "./ai-sdk.js";

type Tokens = AsyncIterable<string>;

/** A library as the laws see it. */
export interface Adapter {
  readonly name: string;
  /** How it was called, for the reader of the table. */
  readonly how: string;
  /** The packages whose versions belong to the row. */
  readonly packages: readonly string[];
  readonly run: (source: Tokens, signal: AbortSignal | undefined) => AsyncIterable<unknown>;
  /** Whether the library takes a signal for a stream. */
  readonly takesSignal: boolean;
  /** Whether it knows a terminal mark, so that a stream can be cut off before it. */
  readonly hasEndMark?: true;
}

const shout = (token: string): string => token.toUpperCase();

async function* shouted(source: Tokens): AsyncGenerator<string, void, undefined> {
  for await (const token of source) yield shout(token);
}

/** The iterator of something that is made by the first read, without more promises than that needs. */
function opened(open: () => Promise<AsyncIterable<string>>): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]() {
      let iterator: Promise<AsyncIterator<string>> | undefined;
      const ended = { done: true as const, value: undefined };
      return {
        next: async () => (await (iterator ??= open().then((stream) => stream[Symbol.asyncIterator]()))).next(),
        return: async () => (await (await iterator)?.return?.()) ?? ended,
      };
    },
  };
}

/** rxjs has no async iterator of its own; this is the usual queue between push and pull. */
function iterate(values: Observable<string>): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      let [queue, waiting]: [string[], string[]] = [[], []];
      let end: { readonly error?: unknown } | undefined;
      let wake = (): void => {};
      const told = (): void => wake();
      const subscription = values.subscribe({
        next: (token) => (waiting.push(token), told()),
        error: (error: unknown) => ((end = { error }), told()),
        complete: () => ((end = {}), told()),
      });
      try {
        for (;;) {
          [queue, waiting] = [waiting, []];
          yield* queue;
          if (waiting.length > 0) continue;
          if (end) {
            if ("error" in end) throw end.error;
            return;
          }
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        subscription.unsubscribe();
      }
    },
  };
}

function throughEffect(source: Tokens, signal: AbortSignal | undefined): AsyncIterable<string> {
  const values = Stream.map(Stream.fromAsyncIterable(source, (error) => error), shout);
  if (!signal) return Stream.toAsyncIterable(values);
  const aborted = Effect.callback<never, unknown>((resume) => {
    const fail = (): void => resume(Effect.fail(signal.reason as unknown));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
    return Effect.sync(() => signal.removeEventListener("abort", fail));
  });
  return Stream.toAsyncIterable(Stream.interruptWhen(values, aborted));
}

function throughNode(source: Tokens, signal: AbortSignal | undefined): AsyncIterable<string> {
  const transform = new Transform({ objectMode: true, transform: (token: string, _, done) => done(null, shout(token)) });
  const piped = pipeline(Readable.from(source), transform, () => {});
  return signal ? addAbortSignal(signal, piped) : piped;
}

/** `ReadableStream.from`, which the DOM's types do not have yet. */
const readableFrom = (ReadableStream as unknown as { from: (source: Tokens) => ReadableStream<string> }).from.bind(ReadableStream);

function throughWeb(source: Tokens, signal: AbortSignal | undefined): AsyncIterable<string> {
  const transform = new TransformStream<string, string>({ transform: (token, controller) => controller.enqueue(shout(token)) });
  return readableFrom(source).pipeThrough(transform, signal ? { signal } : {});
}

function throughLangChain(source: Tokens, signal: AbortSignal | undefined): AsyncIterable<string> {
  const runnable = RunnableLambda.from<string, string>(() => shouted(source) as unknown as string);
  return opened(() => runnable.stream("", signal ? { signal } : {}));
}

const isTold = true;
const isNotTold = false;

/** The library first, then the peers by their names. */
export const adapters: readonly Adapter[] = [
  { name: "IFTK", how: "`pipe(map(f))(source, { signal })`", packages: ["@iftk/core"], takesSignal: isTold, run: (source, signal) => pipeOfIftk(mapOfIftk(shout))(source, signal ? { signal } : {}) },
  { name: "async generators", how: "`for await (…) yield f(value)`", packages: [], takesSignal: isNotTold, run: shouted },
  { name: "rxjs", how: "`from(source).pipe(map(f))`, read through a queue", packages: ["rxjs"], takesSignal: isNotTold, run: (source) => iterate(observe(source).pipe(mapOfRxjs(shout))) },
  { name: "effect", how: "`Stream.map` between `fromAsyncIterable` and `toAsyncIterable`, the signal by `interruptWhen`", packages: ["effect"], takesSignal: isTold, run: throughEffect },
  { name: "ix", how: "`as(source).pipe(map(f), withAbort(signal))`", packages: ["@reactivex/ix-esnext-esm"], takesSignal: isTold, run: (source, signal) => (signal ? as(source).pipe(mapOfIx(shout), withAbort(signal)) : as(source).pipe(mapOfIx(shout))) },
  { name: "streaming-iterables", how: "`map(f, source)`", packages: ["streaming-iterables"], takesSignal: isNotTold, run: (source) => mapOfStreamingIterables(shout, source) },
  { name: "iter-tools", how: "`asyncMap(f, source)`", packages: ["iter-tools"], takesSignal: isNotTold, run: (source) => asyncMap<string, string>(shout, source) },
  { name: "it-pipe", how: "`pipe(source, generator)`", packages: ["it-pipe"], takesSignal: isNotTold, run: (source) => pipeOfIt(source, shouted) },
  { name: "Node streams", how: "`pipeline(Readable.from(source), transform)` with `addAbortSignal`", packages: [], takesSignal: isTold, run: throughNode },
  { name: "Web Streams", how: "`ReadableStream.from(source).pipeThrough(transform, { signal })`", packages: [], takesSignal: isTold, run: throughWeb },
  { name: "AI SDK", how: "`streamText({ model, abortSignal }).textStream` over its mock model", packages: ["ai"], takesSignal: isTold, hasEndMark: true, run: (source, signal) => streamTokens(source, shout, signal) },
  { name: "LangChain", how: "`RunnableLambda.from(generator).stream(input, { signal })`", packages: ["@langchain/core"], takesSignal: isTold, run: throughLangChain },
];
