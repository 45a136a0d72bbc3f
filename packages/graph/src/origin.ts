/** Of which elements stages were made: remembered outside them. */
import { pipe, type AnyStage } from "@iftk/core";

/** What a stage was made of. */
export interface Origin {
  readonly element: string;
  /** As they were given. */
  readonly properties: Readonly<Record<string, unknown>>;
}

const origins = new WeakMap<object, Origin>();

/** What the stage was made of, where it is that of an element. */
export function originOf(stage: AnyStage): Origin | undefined {
  return origins.get(stage);
}

/** Remembers what a stage was made of; one that several elements share is given a face of its own. */
export function rememberOrigin(stage: AnyStage, origin: Origin): AnyStage {
  const own = origins.has(stage) ? pipe(stage) : stage;
  origins.set(own, origin);
  return own;
}
