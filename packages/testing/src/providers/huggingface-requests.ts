/** What Hugging Face takes: the published inputs of its tasks, in which nothing else is let through. */
import { z } from "zod";

const functionDefinition = z.strictObject({ name: z.string(), description: z.string().optional(), parameters: z.record(z.string(), z.unknown()), strict: z.boolean().optional() });
const content = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("image_url"), image_url: z.strictObject({ url: z.string().regex(/^(https?:|data:image\/)/) }) }),
]);
const call = z.strictObject({ id: z.string(), type: z.literal("function"), function: z.strictObject({ name: z.string(), arguments: z.string() }) });
const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: z.string() }),
  z.strictObject({ role: z.literal("user"), content: z.union([z.string(), z.array(content)]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.string(), tool_calls: z.array(call).optional() }),
  z.strictObject({ role: z.literal("tool"), content: z.string(), tool_call_id: z.string(), name: z.string().optional() }),
]);

/** The input of chat completions. */
export const huggingfaceChatInput = z.strictObject({
  model: z.string().regex(/^(tgi|[\w.-]+\/[\w.-]+(:[\w-]+)?)$/),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  max_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).optional(),
  top_p: z.number().positive().max(1).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  stop: z.array(z.string()).optional(),
  tools: z.array(z.strictObject({ type: z.literal("function"), function: functionDefinition })).optional(),
  tool_choice: z.union([z.enum(["auto", "none", "required"]), z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string() }) })]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({ type: z.literal("json_object") }),
      z.strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject({ name: z.string(), description: z.string().optional(), schema: z.record(z.string(), z.unknown()), strict: z.boolean().optional() }) }),
    ])
    .optional(),
  reasoning_effort: z.string().optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  n: z.int().positive().optional(),
});

/** The input of text generation. */
export const huggingfaceTextGenerationInput = z.strictObject({
  inputs: z.string().min(1),
  stream: z.boolean().optional(),
  parameters: z
    .strictObject({
      details: z.boolean().optional(),
      return_full_text: z.boolean().optional(),
      max_new_tokens: z.int().positive().optional(),
      temperature: z.number().positive().optional(),
      do_sample: z.boolean().optional(),
      top_p: z.number().gt(0).lt(1).optional(),
      top_k: z.int().positive().optional(),
      typical_p: z.number().gt(0).lt(1).optional(),
      frequency_penalty: z.number().optional(),
      repetition_penalty: z.number().optional(),
      seed: z.int().optional(),
      stop: z.array(z.string()).optional(),
      top_n_tokens: z.int().positive().optional(),
      grammar: z.strictObject({ type: z.enum(["json", "regex", "json_schema"]), value: z.unknown() }).optional(),
    })
    .optional(),
});

/** The input of text to image. */
export const huggingfaceTextToImageInput = z.strictObject({
  inputs: z.string().min(1),
  parameters: z
    .strictObject({
      guidance_scale: z.number().optional(),
      negative_prompt: z.string().optional(),
      num_inference_steps: z.int().optional(),
      width: z.int().optional(),
      height: z.int().optional(),
      scheduler: z.string().optional(),
      seed: z.int().optional(),
    })
    .optional(),
});

/** The input of automatic speech recognition, where it is no bare audio. */
export const huggingfaceSpeechInput = z.strictObject({
  inputs: z.base64(),
  parameters: z.strictObject({ return_timestamps: z.union([z.boolean(), z.literal("word")]).optional(), generation_parameters: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/** The input of feature extraction. */
export const huggingfaceFeatureInput = z.strictObject({
  inputs: z.union([z.string(), z.array(z.string()).min(1)]),
  normalize: z.boolean().optional(),
  truncate: z.boolean().optional(),
  prompt_name: z.string().optional(),
  dimensions: z.int().positive().optional(),
});
