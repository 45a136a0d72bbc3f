/** Models that are asked. */
import { intercept, pipe, unary, type OutputStream } from "@iftk/core";
import { cache as keepReplies, fallback as standIns, timeout as limitTime } from "@iftk/core/interceptors";
import { caps, element } from "@iftk/graph";
import { chatRequest, defined, jsonSchema, type ChatRequest, type Part } from "@iftk/inference";
import { z } from "zod";
import { longestTime } from "../flow/time.js";

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

const time = z.int().min(1).max(longestTime).optional();

/** Properties for what becomes of a reply that is late or fails. */
export const resilienceProperties = {
  fallback: z.array(z.string().min(1).max(200)).max(8).default([]).describe("Models to ask, one after another, when the one before failed and had said nothing yet."),
  timeout: time.describe("Milliseconds that a reply may take in all, whichever models were asked."),
  idleTimeout: time.describe("Milliseconds in which a model has to begin, and in which more has to come, before it has failed."),
};

type Resilience = z.output<z.ZodObject<typeof resilienceProperties>> & { readonly model: string };

/** The stage that asks the model, and others when it fails. */
export function askModels(router: ChatRouter, { model, fallback, timeout, idleTimeout }: Resilience): OutputStream<ChatRequest, Part> {
  const [first, ...others] = [model, ...fallback].map((name) => {
    const chat = router(name);
    return idleTimeout === undefined ? chat : intercept(chat, limitTime<Part>({ first: idleTimeout, idle: idleTimeout }));
  });
  const chat = others.length === 0 ? (first as OutputStream<ChatRequest, Part>) : intercept(first as OutputStream<ChatRequest, Part>, standIns(others));
  return timeout === undefined ? chat : intercept(chat, limitTime({ total: timeout }));
}

/** The element that asks a model of the router: a request in, the parts of the reply out. */
export const chatElement = ({ router, model }: ModelOptions) => element({
  kind: "transform",
  name: "chat",
  description: "Asks a model and gives its reply in parts as it comes; what a request says itself goes before these properties.",
  properties: z.strictObject({
    model: modelProperty(model),
    ...requestProperties,
    schema: jsonSchema.optional().describe("JSON Schema of what the model is to say: the text of the reply is JSON then, as far as the model keeps to it. object checks it."),
    ...resilienceProperties,
    cache: z.int().min(0).max(100_000).default(0).describe("Replies to keep for requests that come again, which are then not asked anew; those least recently used go first."),
  }),
  in: { name: "in", caps: caps.chatRequest },
  out: { name: "out", caps: caps.part },
  create({ model, fallback, timeout, idleTimeout, cache, schema, ...properties }) {
    const chat = askModels(router, { model, fallback, timeout, idleTimeout });
    const responseFormat = schema && { type: "json" as const, schema };
    return pipe(
      unary(function withProperties(request: ChatRequest): ChatRequest {
        return { ...defined({ ...properties, responseFormat }), ...request };
      }),
      cache === 0 ? chat : intercept(chat, keepReplies<ChatRequest>({ key: (request) => JSON.stringify(request), max: cache })),
    );
  },
});
