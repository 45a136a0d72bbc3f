/** Requests as chat completions take them. */
import { defined, type ChatRequest, type ResponseFormat, type Tool } from "@iftk/inference";
import type { OpenAI } from "openai";
import { chatCompletionMessages } from "./chat-completions-messages.js";
import type { Connection } from "./client.js";
import { isStrictSchema } from "./strict-schema.js";
import { ignored, type WrittenRequest } from "./written-request.js";

/** The body of a chat completion; `top_k` is what compatible servers have beyond OpenAI. */
export type ChatCompletionBody = OpenAI.ChatCompletionCreateParamsStreaming & { readonly top_k?: number };

/**
 * The request in the fields of chat completions.
 *
 * The limit of tokens is `max_completion_tokens` for OpenAI, whose reasoning models know no other, and `max_tokens` for
 * compatible servers, which all know that.
 *
 * @throws StageError `unimplemented`, reason `option`, for content that the API does not take.
 */
export function chatCompletionRequest(request: ChatRequest, model: string, server: Pick<Connection, "provider" | "isOwn">): WrittenRequest<ChatCompletionBody> {
  const { tools = [], reasoning, responseFormat, logprobs, toolChoice, choices } = request;
  const limit = server.isOwn ? { max_completion_tokens: request.maxTokens } : { max_tokens: request.maxTokens, top_k: request.topK };
  const body: ChatCompletionBody = defined({
    model,
    messages: chatCompletionMessages(request.messages, server),
    stream: true as const,
    stream_options: { include_usage: true },
    ...limit,
    temperature: request.temperature,
    top_p: request.topP,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    seed: request.seed,
    stop: request.stop,
    n: choices === 1 ? undefined : choices,
    tools: tools.length > 0 ? tools.map(toolOf) : undefined,
    tool_choice: typeof toolChoice === "object" ? { type: "function" as const, function: { name: toolChoice.name } } : tools.length > 0 || toolChoice === "required" ? toolChoice : undefined,
    parallel_tool_calls: tools.length > 0 ? request.parallelToolCalls : undefined,
    response_format: responseFormat && formatOf(responseFormat),
    reasoning_effort: reasoning?.effort,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs || undefined,
  });
  const warnings = [...(server.isOwn ? ignored(request, ["topK"], "OpenAI") : []), ...ignored(reasoning ?? {}, ["maxTokens"], "reasoning of chat completions")];
  return { body, warnings };
}

function toolOf({ name, description, parameters, strict }: Tool): OpenAI.ChatCompletionFunctionTool {
  return { type: "function", function: { name, parameters, ...(description !== undefined && { description }), ...(strict !== undefined && { strict }) } };
}

/** A schema that allows it is held to strictly. */
function formatOf(format: ResponseFormat): NonNullable<OpenAI.ChatCompletionCreateParamsStreaming["response_format"]> {
  if (format.type === "text") return { type: "text" };
  if (!format.schema) return { type: "json_object" };
  const { schema, name = "reply", description } = format;
  return { type: "json_schema", json_schema: { name, schema, strict: isStrictSchema(schema), ...(description !== undefined && { description }) } };
}
