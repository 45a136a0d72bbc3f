/** Language models by their prompt. */
import { fromBatches, outputStream, type Call, type OutputStream } from "@iftk/core";
import { readRequest, chatRequest, type ChatOptions, type ChatRequest, type Part } from "@iftk/inference";
import { unknownApi, unsupported, type Client } from "./client.js";
import { inputUrl } from "./files.js";
import { imageNames } from "./input-names.js";
import { ModelInput } from "./model-input.js";
import type { ModelSchemas } from "./model-schema.js";
import { predict } from "./prediction.js";
import { textOf } from "./prediction-text.js";
import { promptOf } from "./prompt.js";

/** The stage for a model. Its one API, `"prompt"`, renders the messages into the model's own inputs; `raw` gives others. */
export function chat(client: Client, schemas: ModelSchemas, options: ChatOptions): OutputStream<ChatRequest, Part> {
  if (options.api !== undefined && options.api !== "prompt") throw unknownApi("chat", options.api, "prompt");
  return outputStream(function replicateChat(input: ChatRequest, call) {
    return fromBatches(answer(client, schemas, options, readRequest(chatRequest, options, input), call));
  });
}

async function* answer(client: Client, schemas: ModelSchemas, { model, raw }: ChatOptions, request: ChatRequest, call: Call): AsyncGenerator<readonly Part[], void, undefined> {
  refuse(request);
  const { system, prompt, images } = promptOf(request.messages);
  const input = new ModelInput(await schemas.of(model, call.signal));
  const systemField = system === undefined ? undefined : input.find(systemNames);
  if (systemField) input.put("messages", [systemField.name], system);
  // A model without a system prompt is told the same at the beginning of the prompt.
  input.put("messages", ["prompt", "text", "input"], system === undefined || systemField ? prompt : `${system}\n\n${prompt}`, "refuse");
  if (images.length > 0) input.put("messages: images", imageNames, await Promise.all(images.map((image) => inputUrl(client, image, call.signal))), "refuse");
  for (const [option, names] of tuning) input.put(option, names, request[option]);
  input.put("reasoning.effort", ["reasoning_effort", "thinking_level"], request.reasoning?.effort);
  input.put("reasoning.maxTokens", ["thinking_budget", "thinking_budget_tokens"], request.reasoning?.maxTokens);
  if (input.warnings.length > 0) yield input.warnings;
  yield* predict<Part>(client, { model, input: input.with(raw) }, call, async function* (running) {
    for await (const pieces of textOf(client, running, call)) yield pieces.map((piece) => (typeof piece === "string" ? { type: "text-delta", text: piece } : piece));
  });
}

function refuse({ tools, responseFormat, logprobs, choices = 1 }: ChatRequest): void {
  if (tools?.length) throw unsupported("tools", "a model with one prompt has none");
  if (responseFormat?.type === "json") throw unsupported("responseFormat", "a model with one prompt has no such input; where it has one of its own, give it as `raw`");
  if (logprobs !== undefined) throw unsupported("logprobs", "predictions tell none");
  if (choices > 1) throw unsupported("choices", "a prediction gives one");
}

const systemNames = ["system_prompt", "system_instruction", "system"];

/** What models call the options that tune a reply. */
const tuning = [
  ["maxTokens", ["max_tokens", "max_new_tokens", "max_completion_tokens", "max_output_tokens", "max_length"]],
  ["temperature", ["temperature"]],
  ["topP", ["top_p"]],
  ["topK", ["top_k"]],
  ["frequencyPenalty", ["frequency_penalty"]],
  ["presencePenalty", ["presence_penalty"]],
  ["seed", ["seed"]],
  ["stop", ["stop_sequences", "stop"]],
] as const satisfies readonly (readonly [keyof ChatRequest, readonly string[]])[];
