/** A chat request as chat completions of Hugging Face take it. */
import { contentOf, textOf, type AssistantMessage, type ChatRequest, type Media, type Message, type Tool, type UserContent, type Warning } from "@iftk/inference";
import { provider, unsupported } from "./client.js";

/** The body of a request, and what it leaves out. */
export interface ChatBody {
  readonly body: Readonly<Record<string, unknown>>;
  readonly warnings: readonly Warning[];
}

/** The body for the model. Throws StageError `unimplemented`, reason `option`, for content that cannot be sent. */
export function chatBody(model: string, request: ChatRequest): ChatBody {
  const { reasoning, logprobs } = request;
  const warnings: Warning[] = [];
  const leaveOut = (option: string): unknown => warnings.push({ type: "warning", message: `${provider}: ${option} is left out: chat completions have no such field` });
  if (request.topK !== undefined) leaveOut("topK");
  if (reasoning?.maxTokens !== undefined) leaveOut("reasoning.maxTokens");
  const body = {
    model,
    messages: request.messages.map(messageOf),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    seed: request.seed,
    stop: request.stop,
    tools: request.tools?.map(toolOf),
    tool_choice: typeof request.toolChoice === "object" ? { type: "function", function: { name: request.toolChoice.name } } : request.toolChoice,
    parallel_tool_calls: request.parallelToolCalls,
    response_format: responseFormatOf(request.responseFormat),
    reasoning_effort: reasoning?.effort,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs || undefined,
    n: request.choices === 1 ? undefined : request.choices,
  };
  return { body, warnings };
}

function toolOf({ name, description, parameters, strict }: Tool): object {
  return { type: "function", function: { name, description, parameters, strict } };
}

function responseFormatOf(format: ChatRequest["responseFormat"]): object | undefined {
  if (format?.type !== "json") return undefined;
  if (!format.schema) return { type: "json_object" };
  return { type: "json_schema", json_schema: { name: format.name ?? "reply", description: format.description, schema: format.schema, strict: true } };
}

function messageOf(message: Message): object {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return { role: "user", content: typeof message.content === "string" ? message.content : message.content.map(userContentOf) };
    case "assistant":
      return assistantOf(message);
    case "tool":
      return { role: "tool", tool_call_id: message.toolCallId, name: message.name, content: textOf(message, provider) };
  }
}

function userContentOf(content: UserContent): object {
  if (content.type === "text") return content;
  if (content.type === "image") return { type: "image_url", image_url: { url: urlOf(content.image) } };
  throw unsupported(`messages: content of type ${JSON.stringify(content.type)}`, "chat completions take text and images");
}

/** Reasoning is the model's own and is not sent back. */
function assistantOf(message: AssistantMessage): object {
  const calls = contentOf(message).flatMap((content) =>
    content.type === "tool-call" ? [{ id: content.id, type: "function", function: { name: content.name, arguments: JSON.stringify(content.arguments) } }] : [],
  );
  const text = contentOf(message).flatMap((content) => (content.type === "text" ? [content.text] : [])).join("");
  return { role: "assistant", content: text, ...(calls.length > 0 && { tool_calls: calls }) };
}

/** A URL that holds, or leads to, the medium. */
export function urlOf(media: Media): string {
  if ("url" in media) return media.url;
  const data = typeof media.data === "string" ? media.data : Buffer.from(media.data.buffer, media.data.byteOffset, media.data.byteLength).toString("base64");
  return `data:${media.mediaType};base64,${data}`;
}
