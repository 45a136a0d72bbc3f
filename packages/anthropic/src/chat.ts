/** Chat over the Messages API. */
import { outputStream, pipe, sync, unary, type Call, type OutputStream, type Stream } from "@iftk/core";
import type { ChatOptions, ChatRequest, Part } from "@iftk/inference";
import { sseEvents } from "@iftk/inference/http";
import { ChatParts } from "./chat-parts.js";
import { messagesRequest } from "./chat-request.js";
import type { AnthropicOptions, Answer, Ask } from "./client.js";
import { provider } from "./failure.js";
import { isEventStream, replyFailure } from "./reply-failure.js";

/** The beginning of a reply. */
interface BegunReply extends Answer {
  readonly body: ReadableStream<Uint8Array>;
  readonly warnings: readonly string[];
}

/** Gives the stage that has a model reply, part by part as the parts come. */
export function chatOf(ask: Ask, options: ChatOptions, settings: Pick<AnthropicOptions, "citations">): OutputStream<ChatRequest, Part> {
  const send = unary(async function chat(request: ChatRequest, { signal }: Call): Promise<BegunReply> {
    const { body, version, warnings } = messagesRequest(options, request, settings);
    const answer = await ask({ method: "post", path: "/v1/messages", body: { ...body, stream: true }, version }, signal);
    const { body: reply } = answer.response;
    if (!reply || !isEventStream(answer.response)) throw await replyFailure(reply, answer.secrets);
    return { ...answer, body: reply, warnings };
  });
  return pipe(send, readReply);
}

const readReply = outputStream(function reply({ body, warnings, secrets }: BegunReply): Stream<Part> {
  const events = sseEvents(body, { provider, isLast: ({ type }) => type === "message_stop" });
  return sync("messageParts", () => new ChatParts({ warnings, secrets }))(events);
});
