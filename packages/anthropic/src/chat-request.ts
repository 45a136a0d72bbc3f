/** A chat request as the Messages API takes it. */
import type { MessageCreateParamsBase } from "@anthropic-ai/sdk/resources/messages";
import { StageError } from "@iftk/core";
import { chatRequest, readRequest, type ChatOptions, type ChatRequest } from "@iftk/inference";
import { conversationOf } from "./conversation.js";
import { provider } from "./failure.js";
import { jsonReplyOf } from "./json-reply.js";
import { traitsOf, type ModelTraits } from "./model-traits.js";
import { thinkingOf } from "./thinking.js";
import { toolParams } from "./tool-params.js";

/** The body of a request. Sampling is only in the API's version before the one of the vendor's client. */
export type MessagesBody = MessageCreateParamsBase & { readonly temperature?: number; readonly top_p?: number; readonly top_k?: number };

/** What is sent, and what is to be told. */
export interface MessagesRequest {
  readonly body: MessagesBody;
  /** The version of the API that takes it, where it is not the newest. */
  readonly version: string | undefined;
  /** What of the request is not honoured. */
  readonly warnings: readonly string[];
}

/**
 * The request with the defaults of the options, as the provider takes it. `max_tokens`, which the API insists on, is the most
 * that the model can generate.
 *
 * @throws StageError `invalid_argument` for what is wrong, `unimplemented`, reason `option`, for what the provider has no way to honour.
 */
export function messagesRequest(options: ChatOptions, given: ChatRequest, { citations = false }: { readonly citations?: boolean | undefined } = {}): MessagesRequest {
  const { model, api, raw } = options;
  if (api !== undefined && api !== "messages") throw new StageError("unimplemented", `${provider}: there is no API ${JSON.stringify(api)}; there is "messages"`, { reason: "option" });
  const request = readRequest(chatRequest, options, given);
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(`${provider}: ${message}`);
  const traits = traitsOf(model);
  refuse(request, warn);

  const maxTokens = request.maxTokens ?? traits.maxTokens;
  const { thinking, effort } = thinkingOf(request.reasoning, traits, maxTokens, warn);
  const isThinking = thinking?.type === "enabled" || thinking?.type === "adaptive";
  const json = jsonReplyOf(request.responseFormat, { format: traits.takesFormat, tool: traits.takesForcedTool && !isThinking });
  const tools = toolParams(request, json, traits, warn);
  const { system, messages, moved } = conversationOf(request.messages, { takesLateSystem: traits.takesLateSystem, citesDocuments: citations && json === undefined });
  if (moved > 0) warn(`messages: ${moved} of the system messages cannot stand where they do; they are put at the beginning`);
  if (json?.by === "asking") warn("responseFormat: this model is asked for JSON and cannot be held to it");
  const instructions = json?.by === "asking" ? [...system, { type: "text" as const, text: json.instruction }] : [...system];
  const format = json?.by === "format" ? { format: json.format } : {};

  const body: MessagesBody = {
    model,
    max_tokens: maxTokens,
    messages: [...messages],
    ...(instructions.length > 0 && { system: instructions }),
    ...sampling(request, traits, isThinking, warn),
    ...(request.stop && request.stop.length > 0 && { stop_sequences: [...request.stop] }),
    ...tools,
    ...(thinking && { thinking }),
    ...((effort !== undefined || json?.by === "format") && { output_config: { ...(effort !== undefined && { effort }), ...format } }),
    ...raw,
  };
  const isSampled = body.temperature !== undefined || body.top_p !== undefined || body.top_k !== undefined;
  return { body, warnings, version: isSampled ? versionWithSampling : undefined };
}

/** The newer version, 2026-10-21, refuses sampling for all models; some of them still take it in this one, and the rest of a request is alike. */
const versionWithSampling = "2023-06-01";

function refuse(request: ChatRequest, warn: (message: string) => void): void {
  const { choices = 1, logprobs, seed, frequencyPenalty, presencePenalty } = request;
  if (choices > 1) throw unimplemented("choices", "it gives one reply; ask several times");
  if (logprobs !== undefined) throw unimplemented("logprobs", "it tells none");
  for (const [name, value] of Object.entries({ seed, frequencyPenalty, presencePenalty })) {
    if (value !== undefined) warn(`${name}: this provider has none; it is left out`);
  }
  if (request.messages.some(({ content }) => typeof content !== "string" && content.some((one) => one.type === "image" && one.detail !== undefined && one.detail !== "auto"))) {
    warn("detail: this provider looks at all images alike; it is left out");
  }
}

function unimplemented(field: string, hint: string): StageError {
  return new StageError("unimplemented", `${provider}: ${field} cannot be given to this provider; ${hint}`, { reason: "option" });
}

/** What the model takes of the fields for sampling. The API's temperature ends at 1, and while a model thinks it takes none of them. */
function sampling({ temperature, topP, topK }: ChatRequest, traits: ModelTraits, isThinking: boolean, warn: (message: string) => void): Pick<MessagesBody, "temperature" | "top_p" | "top_k"> {
  const given = Object.entries({ temperature, topP, topK }).filter(([, value]) => value !== undefined);
  if (given.length > 0 && (!traits.takesSampling || isThinking)) {
    warn(`${given.map(([name]) => name).join(", ")}: this model takes none${traits.takesSampling ? " while it thinks" : ""}; left out`);
    return {};
  }
  const isOverspecified = traits.takesOneSampler && temperature !== undefined && topP !== undefined;
  if (isOverspecified) warn("topP: this model takes it or temperature, not both; it is left out");
  if (temperature !== undefined && temperature > 1) warn("temperature: the highest of this provider is 1, which it is given");
  return {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && !isOverspecified && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  };
}
