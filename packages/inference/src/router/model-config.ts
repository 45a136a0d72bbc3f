/** Which model does a piece of work, and how: as data that can be stored and changed without code. */
import { z } from "zod";

const slug = z.string().regex(/^[\w.:/-]{1,128}$/u, "expected 1 to 128 letters, digits and . _ - : /");
const parameters = z.record(z.string(), z.unknown());

/** A model of a provider. */
export const inferenceModel = z.strictObject({
  /** Our name of it. */
  slug,
  description: z.string().optional(),
  provider: z.string().min(1),
  /** The provider's name of it. */
  name: z.string().min(1),
  /** Which of the provider's APIs to use for it, where there are several. */
  api: z.string().min(1).optional(),
  /** What holds for its requests that do not say otherwise, in the words of the request: `temperature`, `maxTokens`, `width`. */
  parameters: parameters.optional(),
  /** Fields of the provider's own request. */
  raw: parameters.optional(),
});
export type InferenceModel = z.output<typeof inferenceModel>;

/** A use of a model under a name of its own. Its parameters go before those of the model. */
export const modelConfig = z.strictObject({
  slug,
  description: z.string().optional(),
  /** A model, or the slug of one. */
  model: z.union([slug, inferenceModel]),
  parameters: parameters.optional(),
  raw: parameters.optional(),
});
export type ModelConfig = z.output<typeof modelConfig>;
