/** Models that do other things than chat. */
import { StageError } from "@iftk/core";
import type { ModelRouter } from "@iftk/inference/router";
import { z } from "zod";

type Capability = "embeddings" | "textToImage" | "textToSpeech" | "audioToText" | "imageAnalysis";

/** From the name of a model to the stage that it is, for each thing that models can do, as `modelRouter` has them. */
export type ModelStages = { readonly [Name in Capability]?: (model: string) => ReturnType<ModelRouter[Name]> };

export interface ModelStagesOptions {
  /** The models of the elements that embed, speak, draw, transcribe and look; without them these elements say so. */
  readonly models?: ModelStages | undefined;
}

/** A property that names a model of a provider. */
export const providerModel = (example: string) => z.string().min(1).max(200).describe(`Name of the model, such as ${example}.`);

/** The stage of a model. Throws StageError `failed_precondition` where there are no models for it, and `not_found` for a model that there is not. */
export function stageOf<Name extends Capability>(element: string, models: ModelStages | undefined, capability: Name, model: string): ReturnType<NonNullable<ModelStages[Name]>> {
  const find: ((model: string) => ReturnType<NonNullable<ModelStages[Name]>>) | undefined = models?.[capability];
  if (!find) throw new StageError("failed_precondition", `${element}: this program has no models with the capability ${capability}`, { reason: "capability" });
  return find(model);
}
