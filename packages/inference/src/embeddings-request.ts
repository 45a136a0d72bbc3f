/** Texts as vectors, as providers are asked for them. */
import { z } from "zod";
import type { Usage } from "./part.js";

export const embeddingsRequest = z.strictObject({
  texts: z.array(z.string()).min(1).max(2048),
  /** Numbers in each vector, where the model can be told. */
  dimensions: z.int().positive().optional(),
});
export type EmbeddingsRequest = z.output<typeof embeddingsRequest>;

/** A vector for each text, in their order. */
export interface EmbeddingsReply {
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage;
}
