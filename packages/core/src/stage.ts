/** Stages: a function from input to output, declared in one of four modes. */
import { isThenable } from "./reader.js";
import { noSteps, only, readyStream, remember, start, type Step } from "./run.js";
import type { Call, Stream } from "./stream.js";

/** Two bits: a value or a stream goes in, a value or a stream comes out. */
export type Mode = "unary" | "output-stream" | "input-stream" | "bidi";

/** What a caller may say about a call. */
export type CallOptions = Partial<Call>;

interface Described<M extends Mode> {
  readonly mode: M;
  /** The function's name, or the labels of the parts joined by " | ". */
  readonly label: string;
  /** The stages it is piped from; empty when it is not a pipeline. */
  readonly parts: readonly AnyStage[];
}

/** One value in, one value out. */
export interface Unary<In, Out> extends Described<"unary"> {
  (input: In, call?: CallOptions): Promise<Out>;
}
/** One value in, a stream out. */
export interface OutputStream<In, Out> extends Described<"output-stream"> {
  (input: In, call?: CallOptions): Stream<Out>;
}
/** A stream in, one value out. */
export interface InputStream<In, Out> extends Described<"input-stream"> {
  (input: Stream<In>, call?: CallOptions): Promise<Out>;
}
/** A stream in, a stream out. */
export interface Bidi<In, Out> extends Described<"bidi"> {
  (input: Stream<In>, call?: CallOptions): Stream<Out>;
}

declare const passes: unique symbol;

/**
 * A stage that gives the values it takes, whatever they are, or arrays of them.
 *
 * In a pipe the type of what it gives follows from the stage before it.
 */
export type Passing<T, Shape extends "same" | "array" = "same"> = Bidi<T, Shape extends "array" ? T[] : T> & { readonly [passes]?: Shape };

/** The same for values of any type: called by itself, it gives those it is called with. */
export type PassingAny<Shape extends "same" | "array" = "same"> = (<V>(input: Stream<V>, call?: CallOptions) => Stream<Shape extends "array" ? V[] : V>) & Passing<unknown, Shape>;

/** Says of a stage that it gives the values it takes, whatever they are, or arrays of them: it is the same stage, with types that follow those before it. */
export function passing<T>(stage: Bidi<T, T>): Passing<T>;
export function passing<T>(stage: Bidi<T, T[]>): Passing<T, "array">;
export function passing<T>(stage: Bidi<T, T> | Bidi<T, T[]>): unknown {
  return stage;
}

/** What a stage gives after one that gives `Before`. */
export type OutputAfter<S, Before> = S extends { readonly [passes]?: infer Shape } ? (unknown extends Shape ? OutputOf<S> : Shape extends "array" ? Before[] : Before) : OutputOf<S>;

/** A stage from `In` to `Out` in any of the four modes. */
export type Stage<In, Out> = Unary<In, Out> | OutputStream<In, Out> | InputStream<In, Out> | Bidi<In, Out>;

/** Any stage at all: it takes `never` and gives `unknown`, so that a lost type fails loudly. */
export type AnyStage = Stage<never, unknown>;

/** The type of the values that a stage takes. */
export type InputOf<S> = S extends { mode: "unary" | "output-stream" } & ((input: infer In, call?: CallOptions) => unknown)
  ? In
  : S extends { mode: "input-stream" | "bidi" } & ((input: Stream<infer In>, call?: CallOptions) => unknown)
    ? In
    : never;

/** The type of the values that a stage gives. */
export type OutputOf<S> = S extends { mode: "unary" | "input-stream" } & ((input: never, call?: CallOptions) => Promise<infer Out>)
  ? Out
  : S extends { mode: "output-stream" | "bidi" } & ((input: never, call?: CallOptions) => Stream<infer Out>)
    ? Out
    : never;

/** Whether a stage of this mode takes one value rather than a stream. */
export function takesValue(mode: Mode): mode is "unary" | "output-stream" {
  return mode === "unary" || mode === "output-stream";
}

/** Whether a stage of this mode gives one value rather than a stream. */
export function yieldsValue(mode: Mode): mode is "unary" | "input-stream" {
  return mode === "unary" || mode === "input-stream";
}

/** Declares a stage from one value to one value. */
export function unary<In, Out>(run: (input: In, call: Call) => Promise<Out> | Out): Unary<In, Out> {
  const work = run as (input: unknown, call: Call) => unknown;
  return createStage("unary", run.name || "unary", [], [
    {
      take: ({ next }) => (value, run) => {
        const answer = work(value, run.call);
        return isThenable(answer) ? run.wait(answer, next) : next(answer, run);
      },
    },
  ]);
}

/** Declares a stage from one value to a stream. */
export function outputStream<In, Out>(run: (input: In, call: Call) => Stream<Out>): OutputStream<In, Out> {
  const work = run as (input: unknown, call: Call) => unknown;
  return createStage("output-stream", run.name || "output-stream", [], [
    {
      take: ({ next, at }) => (value, run) => run.expand(work(value, run.call), next, at + 1),
    },
  ]);
}

/** Declares a stage from a stream to one value. */
export function inputStream<In, Out>(run: (input: Stream<In>, call: Call) => Promise<Out> | Out): InputStream<In, Out> {
  const transform = (input: Stream<In>, call: Call): Stream<Out> => readyStream(() => {
    let isRead = false;
    return {
      async read() {
        if (isRead) return undefined;
        isRead = true;
        return [await run(input, call)];
      },
    };
  });
  return createStage("input-stream", run.name || "input-stream", [], [transform]);
}

/** Declares a stage from a stream to a stream. */
export function bidi<In, Out>(run: (input: Stream<In>, call: Call) => Stream<Out>): Bidi<In, Out> {
  return createStage("bidi", run.name || "bidi", [], [run]);
}

interface InMode<In, Out> {
  readonly unary: Unary<In, Out>;
  readonly "output-stream": OutputStream<In, Out>;
  readonly "input-stream": InputStream<In, Out>;
  readonly bidi: Bidi<In, Out>;
}

/** Gives steps the face of a stage, called in its own mode. */
export function createStage<M extends Mode, In, Out>(mode: M, label: string, parts: readonly AnyStage[], steps: readonly Step[], note?: string): InMode<In, Out>[M] {
  const stream = (input: unknown, call?: CallOptions): Stream<unknown> => start(steps, takesValue(mode) ? [input] : input, call);
  const stage = yieldsValue(mode) ? (input: unknown, call?: CallOptions): Promise<unknown> => only(stream(input, call), label) : stream;
  remember(stage, steps, note);
  return Object.assign(stage, { mode, label, parts }) as unknown as InMode<In, Out>[M];
}

/** A stream of one value. */
export function of<T>(value: T): Stream<T> {
  return start(noSteps, [value]);
}
