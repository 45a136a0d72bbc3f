/** Texts as vectors. */
import { batch, each, flatMap, pipe, unary } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined } from "@iftk/inference";
import { z } from "zod";
import { providerModel, stageOf, type ModelStagesOptions } from "./model-stages.js";

/** Properties of what asks for vectors. */
export const embeddingProperties = {
  model: providerModel("openai/text-embedding-3-small"),
  dimensions: z.int().min(1).max(100_000).optional().describe("Numbers of each vector, where the model can be told."),
  batch: z.int().min(1).max(2048).default(64).describe("Texts that a model is asked for together."),
};

/** A text and where it stands among all texts by its meaning. */
export interface EmbeddedText {
  readonly text: string;
  readonly vector: readonly number[];
}

/** The stage that gives each text with its vector. */
export const embedTexts = (element: string, { models }: ModelStagesOptions, { model, dimensions, batch: count }: z.output<z.ZodObject<typeof embeddingProperties>>) => {
  const embeddings = stageOf(element, models, "embeddings", model);
  return pipe(
    batch<string>(count),
    each(unary(async function embed(texts: readonly string[], call): Promise<readonly EmbeddedText[]> {
      const { vectors } = await embeddings({ texts: [...texts], ...defined({ dimensions }) }, call);
      return texts.map((text, index) => ({ text, vector: vectors[index] ?? [] }));
    })),
    flatMap((embedded: readonly EmbeddedText[]) => embedded),
  );
};

/** The element that gives each text with its vector. */
export const embedElement = (options: ModelStagesOptions) => element({
  kind: "transform",
  name: "embed",
  description: "Gives each text with its vector, {text, vector}: texts that mean much the same have vectors of much the same direction.",
  properties: z.strictObject({ ...embeddingProperties, batch: embeddingProperties.batch.unwrap().default(1).describe("Texts that a model is asked for together; the first waits for the last.") }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.json },
  create: (properties) => embedTexts("embed", options, properties),
});
