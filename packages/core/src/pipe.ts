/** Stages joined end to end; the compiler checks each joint. */
import { StageError } from "./error.js";
import { stepsOf } from "./run.js";
import { createStage, takesValue, yieldsValue, type AnyStage, type Bidi, type InputOf, type InputStream, type Mode, type OutputAfter, type OutputOf, type OutputStream, type Unary } from "./stage.js";

type Takes<S> = S extends { mode: "unary" | "output-stream" } ? "value" : "stream";
type Yields<S> = S extends { mode: "unary" | "input-stream" } ? "value" : "stream";

type InMode<Taken, Yielded, In, Out> = [Taken, Yielded] extends ["value", "value"]
  ? Unary<In, Out>
  : [Taken, Yielded] extends ["value", "stream"]
    ? OutputStream<In, Out>
    : [Taken, Yielded] extends ["stream", "value"]
      ? InputStream<In, Out>
      : Bidi<In, Out>;

/** What each of the stages gives, those that pass values on included. */
type Gives<S extends readonly unknown[], Before extends readonly unknown[] = []> = S extends readonly [infer Next, ...infer Rest]
  ? Gives<Rest, [...Before, Before extends [...unknown[], infer Given] ? OutputAfter<Next, Given> : OutputOf<Next>]>
  : Before;

/**
 * What a stage must be to stand after another that gives `Given`: anything, or else an error to read.
 *
 * A stage of unknown type passes: without that, inference of the tuple falls back to `AnyStage[]`.
 */
type Joint<Before, Given, After> = [AnyStage] extends [After] ? unknown : [Yields<Before>, Takes<After>] extends ["stream", "value"]
  ? { error: "a stream cannot feed a stage that takes one value; use each(stage), or join the stream first" }
  : [Given] extends [InputOf<After>]
    ? unknown
    : { error: "the stages disagree on the type of the values"; yields: Given; takes: InputOf<After> };

/** The element before the one at index `K`: that of the same tuple moved one place on. */
type Before<S extends readonly unknown[], K> = [undefined, ...S][K & keyof [undefined, ...S]];

type Joints<S extends readonly unknown[]> = {
  [K in keyof S]: K extends "0" ? unknown : Joint<Before<S, K>, Before<Gives<S>, K>, S[K]>;
};

type Last<S extends readonly unknown[]> = S extends readonly [...unknown[], infer L] ? L : never;

/** The stage that a pipeline is: it takes what the first takes and gives what the last gives. */
export type Piped<S extends readonly AnyStage[]> = InMode<Takes<S[0]>, Yields<Last<S>>, InputOf<S[0]>, Last<Gives<S>>>;

/**
 * Composes stages into one stage that takes what the first takes and gives what the last gives.
 *
 * One value feeds a stream as a stream of one. A stream never feeds a stage that takes one value,
 * since only the author knows how to cut it: use `each(stage)`.
 *
 * @throws StageError `invalid_argument` for what is no stage, and for such a joint where types did not catch it.
 */
export function pipe<S extends readonly [AnyStage, ...AnyStage[]]>(...stages: S & NoInfer<Joints<S>>): Piped<S> {
  const parts: readonly AnyStage[] = stages;
  const [first, last] = [parts[0], parts.at(-1)];
  if (!first || !last) throw new StageError("invalid_argument", "pipe: give at least one stage");
  const steps = parts.flatMap((stage) => stepsOf(stage));
  parts.forEach((stage, index) => {
    const before = parts[index - 1];
    if (before && !yieldsValue(before.mode) && takesValue(stage.mode)) {
      throw new StageError("invalid_argument", `pipe: ${before.label} gives a stream and ${stage.label} (stage ${index + 1}) takes one value; use each(${stage.label}), or join the stream first`);
    }
  });
  const mode: Mode = takesValue(first.mode) ? (yieldsValue(last.mode) ? "unary" : "output-stream") : yieldsValue(last.mode) ? "input-stream" : "bidi";
  return createStage(mode, parts.map((stage) => stage.label).join(" | "), parts, steps) as unknown as Piped<S>;
}
