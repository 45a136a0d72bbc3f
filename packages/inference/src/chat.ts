/** What chat engines are asked. */
import { z } from "zod";
import { message } from "./message.js";

/** A JSON Schema. */
export const jsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.output<typeof jsonSchema>;

/** A function that a model may ask to have called. */
export const tool = z.strictObject({
  name: z.string().regex(/^[\w-]{1,64}$/u, "expected 1 to 64 letters, digits, _ and -"),
  description: z.string().optional(),
  /** The JSON Schema of its arguments, which are an object. */
  parameters: jsonSchema,
  /** Has the provider hold the model to the schema. */
  strict: z.boolean().optional(),
});
export type Tool = z.output<typeof tool>;

export const toolChoice = z.union([z.enum(["auto", "none", "required"]), z.strictObject({ name: z.string() })]);
export type ToolChoice = z.output<typeof toolChoice>;

export const responseFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json"), schema: jsonSchema.optional(), name: z.string().optional(), description: z.string().optional() }),
]);
export type ResponseFormat = z.output<typeof responseFormat>;

export const reasoningOptions = z.strictObject({
  effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).optional(),
  /** Tokens that thinking may take. */
  maxTokens: z.int().positive().optional(),
});
export type ReasoningOptions = z.output<typeof reasoningOptions>;

/** What a chat engine is asked. */
export const chatRequest = z.strictObject({
  messages: z.array(message).min(1),
  /** Tokens to generate at most; without it the model's own limit holds. */
  maxTokens: z.int().positive().optional(),
  /** 0 picks the likeliest token; 1 samples the model's own distribution. */
  temperature: z.number().min(0).max(2).optional(),
  /** Samples from the likeliest tokens whose probabilities add up to this. */
  topP: z.number().gt(0).max(1).optional(),
  /** Samples from so many of the likeliest tokens. */
  topK: z.int().positive().optional(),
  /** Makes a token less likely the more often it was there. */
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  /** Makes a token less likely once it was there. */
  presencePenalty: z.number().min(-2).max(2).optional(),
  /** The same seed and request give the same reply, as far as the engine can. */
  seed: z.int().nonnegative().optional(),
  /** Texts at which generation ends; they are not part of the reply. */
  stop: z.array(z.string().min(1)).max(16).optional(),
  tools: z.array(tool).max(128).optional(),
  /** `"auto"` without it. */
  toolChoice: toolChoice.optional(),
  /** Whether one turn may ask for several calls. */
  parallelToolCalls: z.boolean().optional(),
  responseFormat: responseFormat.optional(),
  reasoning: reasoningOptions.optional(),
  /** Tells the log-probability of each token and of so many alternatives. */
  logprobs: z.int().min(0).max(20).optional(),
  /** Replies to give side by side; 1 without it. */
  choices: z.int().min(1).max(16).optional(),
});
export type ChatRequest = z.output<typeof chatRequest>;
