/** Concerns that cross every stage: time, failure, load, traces. */
import { stepsOf, type Step, type Transform } from "./run.js";
import { createStage, type AnyStage, type Bidi, type InputOf, type OutputOf, type OutputStream } from "./stage.js";
import type { Call, Stream } from "./stream.js";

/**
 * Wraps the one shape underneath all modes, so that it serves all of them.
 *
 * `next(input, call)` is one guarded run: nothing happens before its first read, it ends when the signal
 * of its call fires or when it is left, and a run that is deaf is abandoned. It may be called many times;
 * the input may be read once. `Added` is what it adds to the output of a stage; it fits stages that take
 * no more than `Taken` and give no more than `Given`.
 */
export interface Interceptor<Added = never, Taken = unknown, Given = unknown> {
  <In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out | Added>;
  /** For the compiler alone. */
  readonly fits?: (input: Taken, output: Given) => Added;
}

type AnyInterceptor<S extends AnyStage> = Interceptor<unknown, InputOf<S>, OutputOf<S>>;

type AddedBy<I> = I extends { readonly fits?: (input: never, output: never) => infer Added } ? Added : unknown;

/** The stage with what interceptors add to the values it gives; the stage itself where they add nothing new. */
export type Intercepted<S extends AnyStage, Added> = [Added] extends [OutputOf<S>]
  ? S
  : S extends OutputStream<infer In, infer Out>
    ? OutputStream<In, Out | Added>
    : S extends Bidi<infer In, infer Out>
      ? Bidi<In, Out | Added>
      : S;

/**
 * The stage with interceptors around it, the outermost first; it keeps its mode, label and parts.
 *
 * @throws StageError `invalid_argument` for what is no stage, and for an interceptor that makes no sense over the mode of this one.
 */
export function intercept<S extends AnyStage>(stage: S, ...interceptors: readonly Interceptor[]): S;
export function intercept<S extends AnyStage, I extends readonly AnyInterceptor<S>[]>(stage: S, ...interceptors: I): Intercepted<S, AddedBy<I[number]>>;
export function intercept(stage: AnyStage, ...interceptors: readonly Interceptor<unknown, never, never>[]): AnyStage {
  let steps = stepsOf(stage);
  for (const interceptor of interceptors.toReversed()) {
    steps = [interceptor<never, unknown>(guarded(stage.label, steps), stage)];
  }
  const names = interceptors.map(({ name }) => name || "an interceptor");
  return createStage(stage.mode, stage.label, stage.parts, steps, `with ${names.join(", ")}`);
}

/** Runs a stage over streams on both sides, each time with a scope of its own. */
export function runOf<In, Out>(stage: AnyStage): Transform<In, Out> {
  return guarded(stage.label, stepsOf(stage));
}

function guarded<In, Out>(label: string, steps: readonly Step[]): Transform<In, Out> {
  const run: Bidi<In, Out> = createStage<"bidi", In, Out>("bidi", label, [], steps);
  return (input: Stream<In>, call: Call) => run(input, call);
}
