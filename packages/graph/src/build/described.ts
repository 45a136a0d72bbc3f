/** Of which descriptions stages were built: remembered outside them. */
import type { AnyStage } from "@iftk/core";
import type { PipelineDescription } from "../description.js";

const descriptions = new WeakMap<object, PipelineDescription>();

/** What the stage was built of, where it was built. */
export function builtOf(stage: AnyStage): PipelineDescription | undefined {
  return descriptions.get(stage);
}

/** Remembers what the stage was built of. */
export function rememberDescription(stage: AnyStage, description: PipelineDescription): AnyStage {
  descriptions.set(stage, description);
  return stage;
}
