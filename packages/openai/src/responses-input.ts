/** Messages as the input of a response. */
import { type AssistantMessage, contentOf, type Message, type ReasoningContent, type TextPhase, type ToolMessage, type UserMessage } from "@iftk/inference";
import type { OpenAI } from "openai";
import { callIdOf } from "./chat-completions-messages.js";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { fileNameOf, urlOf } from "./media-fields.js";
import { wordOfPhase } from "./text-phase.js";

type Item = OpenAI.Responses.ResponseInputItem;
type Server = Pick<Connection, "provider">;

/**
 * The messages as items.
 *
 * Reasoning goes back as it came, by its id and its encrypted content; reasoning that has neither, as of another provider, is left out.
 *
 * @throws StageError `unimplemented`, reason `option`, for audio; `invalid_argument` for a result without the id of its call.
 */
export function responseInput(messages: readonly Message[], server: Server): Item[] {
  return messages.flatMap((message): Item[] => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: message.content }];
      case "user":
        return [{ role: "user", content: userContent(message, server) }];
      case "assistant":
        return assistantItems(message);
      case "tool":
        return [{ type: "function_call_output", call_id: callIdOf(message, server), output: outputOf(message) }];
    }
  });
}

function userContent(message: UserMessage, server: Server): string | OpenAI.Responses.ResponseInputMessageContentList {
  if (typeof message.content === "string") return message.content;
  return message.content.map((content): OpenAI.Responses.ResponseInputContent => {
    switch (content.type) {
      case "text":
        return { type: "input_text", text: content.text };
      case "image":
        return { type: "input_image", image_url: urlOf(content.image), detail: content.detail ?? "auto" };
      case "file": {
        const url = urlOf(content.file);
        return url.startsWith("data:") ? { type: "input_file", filename: fileNameOf(content), file_data: url } : { type: "input_file", file_url: url };
      }
      case "audio":
        throw unimplemented(server, 'audio cannot be given to a response; use api: "chat-completions"');
    }
  });
}

/** The items in the order of the content; neighbouring texts of the same phase are one message. */
function assistantItems(message: AssistantMessage): Item[] {
  const items: Item[] = [];
  let text = "";
  let phase: TextPhase | undefined;
  const putText = (): void => {
    if (text !== "") items.push({ role: "assistant", content: text, ...(phase !== undefined && { phase: wordOfPhase[phase] }) });
    text = "";
  };
  for (const content of contentOf(message)) {
    if (content.type === "text") {
      if (content.phase !== phase) putText();
      phase = content.phase;
      text += content.text;
      continue;
    }
    putText();
    if (content.type === "reasoning") items.push(...reasoningItem(content));
    else items.push({ type: "function_call", call_id: content.id, name: content.name, arguments: JSON.stringify(content.arguments ?? {}) });
  }
  putText();
  return items;
}

function reasoningItem({ text, signature, encrypted }: ReasoningContent): OpenAI.Responses.ResponseReasoningItem[] {
  if (!signature?.startsWith("rs_") || encrypted === undefined) return [];
  return [{ type: "reasoning", id: signature, summary: text === "" ? [] : [{ type: "summary_text", text }], encrypted_content: encrypted }];
}

function outputOf({ content }: ToolMessage): string | OpenAI.Responses.ResponseFunctionCallOutputItemList {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? { type: "input_text", text: part.text } : { type: "input_image", image_url: urlOf(part.image), detail: part.detail ?? "auto" }));
}
