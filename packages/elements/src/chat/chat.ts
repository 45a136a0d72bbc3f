/** Models that are asked. */
import { pipe, unary, type OutputStream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { chatRequest, defined, type ChatRequest, type Part } from "@iftk/inference";
import { z } from "zod";

/** From the name of a model to the stage that asks it, as `modelRouter` has it. */
export type ChatRouter = (model: string) => OutputStream<ChatRequest, Part>;

/** Where the models of elements come from. */
export interface ModelOptions {
  /** Throws for a model that there is not. */
  readonly router: ChatRouter;
  /** The model where a pipeline names none; `tiny` by default. */
  readonly model?: string | undefined;
}

const { temperature, maxTokens, topP, topK, seed, stop } = chatRequest.shape;

/** The property that names a model. */
export const modelProperty = (model = "tiny") => z.string().min(1).max(200).default(model).describe("Name of the model, as iftk models lists them.");

/** Properties for what a request does not say itself. */
export const requestProperties = {
  temperature: temperature.describe("0 picks the likeliest token, 1 samples the model's own distribution."),
  maxTokens: maxTokens.describe("Tokens to generate at most; without it the model's own limit holds."),
  topP: topP.describe("Samples from the likeliest tokens whose probabilities add up to this."),
  topK: topK.describe("Samples from so many of the likeliest tokens."),
  seed: seed.describe("The same seed and request give the same reply, as far as the engine can."),
  stop: stop.describe("Texts at which generation ends."),
};

/** The element that asks a model of the router: a request in, the parts of the reply out. */
export const chatElement = ({ router, model }: ModelOptions) => element({
  kind: "transform",
  name: "chat",
  description: "Asks a model and gives its reply in parts as it comes; what a request says itself goes before these properties.",
  properties: z.strictObject({ model: modelProperty(model), ...requestProperties }),
  in: { name: "in", caps: caps.chatRequest },
  out: { name: "out", caps: caps.part },
  create: ({ model, ...properties }) => pipe(
    unary(function withProperties(request: ChatRequest): ChatRequest {
      return { ...defined(properties), ...request };
    }),
    router(model),
  ),
});
