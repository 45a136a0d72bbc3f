/** Messages in the form that the conventions have for them. */
import type { ChatRequest } from "../chat.js";
import type { Media } from "../media.js";
import type { Message } from "../message.js";
import { contentOf } from "../message-content.js";
import type { FinishReason, Part } from "../part.js";

/** Cuts texts so that together they are no longer than a limit. */
export class TextLimit {
  #left: number;

  constructor(characters: number) {
    this.#left = characters;
  }

  cut(text: string): string {
    const kept = text.length <= this.#left ? text : `${text.slice(0, this.#left)}…`;
    this.#left = Math.max(0, this.#left - text.length);
    return kept;
  }
}

/** The messages of a chat, or the prompt of another request as one of the user; media are named and left out. */
export function inputMessages(request: unknown, limit: TextLimit): string | undefined {
  const { messages, prompt, text } = Object(request) as Partial<ChatRequest> & { readonly prompt?: string; readonly text?: string };
  if (messages) return JSON.stringify(messages.map((message) => ({ role: message.role, parts: partsOf(message, limit) })));
  const asked = prompt ?? text;
  return asked === undefined ? undefined : JSON.stringify([{ role: "user", parts: [textPart(asked, limit)] }]);
}

const textPart = (content: string, limit: TextLimit): object => ({ type: "text", content: limit.cut(content) });

function partsOf(message: Message, limit: TextLimit): readonly object[] {
  const parts = contentOf(message).map((content): object => {
    if (content.type === "text") return textPart(content.text, limit);
    if (content.type === "reasoning") return { type: "reasoning", content: limit.cut(content.text) };
    if (content.type === "tool-call") return { type: "tool_call", id: content.id, name: content.name, arguments: cutJson(content.arguments, limit) };
    if (content.type === "image") return mediaPart("image", content.image);
    return content.type === "audio" ? mediaPart("audio", content.audio) : mediaPart("document", content.file);
  });
  return message.role === "tool" ? [{ type: "tool_call_response", id: message.toolCallId ?? null, response: parts }] : parts;
}

function mediaPart(modality: string, media: Media): object {
  return "url" in media && !media.url.startsWith("data:") ? { type: "uri", modality, mime_type: media.mediaType ?? null, uri: media.url } : { type: "omitted_blob", modality, mime_type: media.mediaType ?? null };
}

/** The JSON value itself, or the beginning of its text where that is too long. */
function cutJson(value: unknown, limit: TextLimit): unknown {
  const text = JSON.stringify(value) ?? "null";
  const kept = limit.cut(text);
  return kept === text ? value : kept;
}

/** The conventions' words for why a generation ended. */
const reasons: Readonly<Record<FinishReason["unified"], string>> = { stop: "stop", length: "length", "content-filter": "content_filter", "tool-calls": "tool_call", aborted: "error", error: "error", other: "other" };

/** What a reply says, a message for each choice. */
export function outputMessages(parts: readonly Part[], reasonOf: (choice: number) => FinishReason | undefined, limit: TextLimit): string | undefined {
  const choices = new Map<number, { type: string; content?: string }[]>();
  for (const part of parts) {
    const choice = "choice" in part ? (part.choice ?? 0) : 0;
    const list = choices.get(choice) ?? [];
    if (part.type === "text-delta" || part.type === "refusal-delta") add(list, "text", limit.cut(part.text));
    else if (part.type === "reasoning-delta") add(list, "reasoning", limit.cut(part.text));
    else if (part.type === "tool-call") list.push({ type: "tool_call", id: part.id, name: part.name, arguments: cutJson(part.arguments, limit) } as { type: string });
    else continue;
    choices.set(choice, list);
  }
  if (choices.size === 0) return undefined;
  return JSON.stringify([...choices].map(([choice, list]) => ({ role: "assistant", parts: list, finish_reason: reasons[reasonOf(choice)?.unified ?? "error"] })));
}

function add(list: { type: string; content?: string }[], type: string, text: string): void {
  const last = list.at(-1);
  if (last?.type === type) last.content += text;
  else list.push({ type, content: text });
}
