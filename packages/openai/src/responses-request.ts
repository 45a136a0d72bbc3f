/** Requests as the API of responses takes them. */
import { defined, type ChatRequest, type ResponseFormat, type Tool } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { responseInput } from "./responses-input.js";
import { isStrictSchema } from "./strict-schema.js";
import { ignored, type WrittenRequest } from "./written-request.js";

export type ResponseBody = OpenAI.Responses.ResponseCreateParamsStreaming;

/**
 * The request in the fields of responses. Nothing is stored at the provider; the reasoning of models that reason comes back encrypted, to be sent again.
 *
 * @throws StageError `unimplemented`, reason `option`, for what the API has not: `stop`, several `choices`, audio.
 */
export function responseRequest(request: ChatRequest, model: string, server: Pick<Connection, "provider">): WrittenRequest<ResponseBody> {
  const { tools = [], reasoning, responseFormat, logprobs, toolChoice } = request;
  if (request.stop?.length) throw unimplemented(server, 'responses have no stop; use api: "chat-completions"');
  if ((request.choices ?? 1) > 1) throw unimplemented(server, 'responses have no choices; use api: "chat-completions"');
  const include: OpenAI.Responses.ResponseIncludable[] = [
    ...(isReasoner(model) || (reasoning?.effort ?? "none") !== "none" ? (["reasoning.encrypted_content"] as const) : []),
    ...(logprobs === undefined ? [] : (["message.output_text.logprobs"] as const)),
  ];
  const body: ResponseBody = defined({
    model,
    input: responseInput(request.messages, server),
    stream: true as const,
    store: false,
    include: include.length > 0 ? include : undefined,
    max_output_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    tools: tools.length > 0 ? tools.map(toolOf) : undefined,
    tool_choice: typeof toolChoice === "object" ? { type: "function" as const, name: toolChoice.name } : tools.length > 0 || toolChoice === "required" ? toolChoice : undefined,
    parallel_tool_calls: tools.length > 0 ? request.parallelToolCalls : undefined,
    text: responseFormat && { format: formatOf(responseFormat) },
    reasoning: reasoning?.effort === undefined ? undefined : { effort: reasoning.effort },
    top_logprobs: logprobs || undefined,
  });
  const warnings = [...ignored(request, ["topK", "frequencyPenalty", "presencePenalty", "seed"], "the API of responses"), ...ignored(reasoning ?? {}, ["maxTokens"], "reasoning of responses")];
  return { body, warnings };
}

/** Models that do not reason refuse to be asked for their reasoning. */
function isReasoner(model: string): boolean {
  return !/^(?:ft:)?(?:gpt-3|gpt-4|chatgpt|gpt-[\w.-]*chat|davinci|babbage)/u.test(model);
}

/** The API is strict by default, which many schemas do not stand. */
function toolOf({ name, description, parameters, strict = false }: Tool): OpenAI.Responses.FunctionTool {
  return { type: "function", name, parameters, strict, ...(description !== undefined && { description }) };
}

/** A schema that allows it is held to strictly. */
function formatOf(format: ResponseFormat): OpenAI.Responses.ResponseFormatTextConfig {
  if (format.type === "text") return { type: "text" };
  if (!format.schema) return { type: "json_object" };
  const { schema, name = "reply", description } = format;
  return { type: "json_schema", name, schema, strict: isStrictSchema(schema), ...(description !== undefined && { description }) };
}
