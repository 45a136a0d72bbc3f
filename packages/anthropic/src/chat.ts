/** Chat over the Messages API. */
import { outputStream, sync, type Call, type OutputStream, type Stream } from "@iftk/core";
import type { ChatOptions, ChatRequest, Part } from "@iftk/inference";
import { sseEvents } from "@iftk/inference/http";
import { ChatParts } from "./chat-parts.js";
import { messagesRequest } from "./chat-request.js";
import type { AnthropicOptions, Ask } from "./client.js";
import { provider } from "./failure.js";
import { eventStream } from "./event-stream.js";

/** Gives the stage that has a model reply, part by part as the parts come. */
export function chatOf(ask: Ask, options: ChatOptions, settings: Pick<AnthropicOptions, "citations">): OutputStream<ChatRequest, Part> {
  return outputStream(function chat(request: ChatRequest, { signal }: Call): Stream<Part> {
    const { body, version, warnings } = messagesRequest(options, request, settings);
    const secrets: string[] = [];
    const bytes = eventStream(ask, { method: "post", path: "/v1/messages", body: { ...body, stream: true }, version }, signal, secrets);
    const events = sseEvents(bytes, { provider, signal, isLast: ({ type }) => type === "message_stop" });
    return sync("messageParts", () => new ChatParts({ warnings, secrets }))(events, { signal });
  });
}
