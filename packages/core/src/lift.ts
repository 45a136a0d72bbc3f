/** A stage carried from the mode it was written in to the mode that a caller needs. */
import { each } from "./each.js";
import { stepsOf } from "./run.js";
import { createStage, takesValue, yieldsValue, type AnyStage, type Bidi, type InputOf, type InputStream, type Mode, type OutputOf, type Stage } from "./stage.js";

/** How a value is cut into parts of its own type, and how parts of a result are joined: joining what was split gives the whole back. */
export interface SplitAndJoin<In, Out> {
  readonly split: Bidi<In, In>;
  readonly join: InputStream<Out, Out>;
}

/** The stage of these types in a mode. */
export type StageInMode<M extends Mode, In, Out> = Extract<Stage<In, Out>, { mode: M }>;

/** Gives a stage in another mode: its input cut so that results stream, its output joined where one value is due. */
export function lift<S extends AnyStage, M extends Mode>(stage: S, mode: M, task: SplitAndJoin<InputOf<S>, OutputOf<S>>): StageInMode<M, InputOf<S>, OutputOf<S>> {
  const isWhole = takesValue(mode) && (yieldsValue(mode) || !yieldsValue(stage.mode));
  const isCut = takesValue(stage.mode) && !isWhole;
  const parts: AnyStage[] = isCut ? [task.split, each(stage as never)] : [stage];
  if (yieldsValue(mode) && (isCut || !yieldsValue(stage.mode))) parts.push(task.join);
  const note = stage.mode === mode ? "" : `lifted from ${stage.mode}`;
  return createStage(mode, `lift(${stage.label})`, parts, parts.flatMap((part) => stepsOf(part)), note) as never;
}
