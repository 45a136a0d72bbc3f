/** Messages as chat completions take them. */
import { StageError } from "@iftk/core";
import { type AssistantMessage, contentOf, type Message, type ToolMessage, type UserMessage } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { fileNameOf, inputAudioOf, urlOf } from "./media-fields.js";

type Written = OpenAI.ChatCompletionMessageParam;
type Server = Pick<Connection, "provider" | "isOwn">;

/**
 * The messages in the fields of chat completions.
 *
 * Reasoning goes back to compatible servers alone, as `reasoning_content` beside calls, where they want it; OpenAI has no field for it here.
 *
 * @throws StageError `unimplemented`, reason `option`, for content that the API does not take; `invalid_argument` for a result without the id of its call.
 */
export function chatCompletionMessages(messages: readonly Message[], server: Server): Written[] {
  return messages.map((message): Written => {
    switch (message.role) {
      case "system":
        return { role: "system", content: message.content };
      case "user":
        return { role: "user", content: userContent(message, server) };
      case "assistant":
        return assistantMessage(message, server);
      case "tool":
        return toolMessage(message, server);
    }
  });
}

function userContent(message: UserMessage, server: Server): string | OpenAI.ChatCompletionContentPart[] {
  if (typeof message.content === "string") return message.content;
  return message.content.map((content): OpenAI.ChatCompletionContentPart => {
    switch (content.type) {
      case "text":
        return { type: "text", text: content.text };
      case "image":
        return { type: "image_url", image_url: { url: urlOf(content.image), ...(content.detail && { detail: content.detail }) } };
      case "audio":
        return { type: "input_audio", input_audio: inputAudioOf(content, server) };
      case "file": {
        const url = urlOf(content.file);
        if (!url.startsWith("data:")) throw unimplemented(server, 'a file cannot be given by its URL in a chat completion; give its bytes, or use api: "responses"');
        return { type: "file", file: { filename: fileNameOf(content), file_data: url } };
      }
    }
  });
}

function assistantMessage(message: AssistantMessage, { isOwn }: Server): OpenAI.ChatCompletionAssistantMessageParam & { readonly reasoning_content?: string } {
  let [text, reasoning] = ["", ""];
  const calls: OpenAI.ChatCompletionMessageToolCall[] = [];
  for (const content of contentOf(message)) {
    if (content.type === "text") text += content.text;
    else if (content.type === "reasoning") reasoning += content.text;
    else calls.push({ id: content.id, type: "function", function: { name: content.name, arguments: JSON.stringify(content.arguments ?? {}) } });
  }
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(calls.length > 0 && { tool_calls: calls, ...(reasoning !== "" && !isOwn && { reasoning_content: reasoning }) }),
  };
}

function toolMessage(message: ToolMessage, server: Server): OpenAI.ChatCompletionToolMessageParam {
  const { content } = message;
  if (typeof content === "string") return { role: "tool", tool_call_id: callIdOf(message, server), content };
  const parts = content.map((part): OpenAI.ChatCompletionContentPartText => {
    if (part.type === "image") throw unimplemented(server, 'an image cannot be the result of a tool in a chat completion; use api: "responses", or give it in a message of the user');
    return part;
  });
  return { role: "tool", tool_call_id: callIdOf(message, server), content: parts };
}

/** The id of the call that a message is the result of. */
export function callIdOf({ toolCallId }: ToolMessage, { provider }: Pick<Server, "provider">): string {
  if (toolCallId) return toolCallId;
  throw new StageError("invalid_argument", `${provider}: a message of the role tool has no toolCallId; give the id of the call that it is the result of`);
}
