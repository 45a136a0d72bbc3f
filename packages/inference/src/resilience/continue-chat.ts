/** Chats that go on where a reply broke off. */
import type { AssistantContent, AssistantMessage } from "../message.js";
import { addText, asContent, contentOf } from "../message-content.js";
import type { ChatRequest } from "../chat.js";
import type { RevisablePart } from "../part.js";

/**
 * The request with the text so far as the beginning of the reply, for models that go on from there; for `continueWith`.
 *
 * Undefined where that cannot be: after a tool call, with several choices, and before the first text of a model that thinks.
 * JSON is not gone on with either, since few providers hold the rest to its schema.
 */
export function continueChat(request: ChatRequest, given: readonly RevisablePart[]): ChatRequest | undefined {
  const said = saidSoFar(request, given);
  if (said.length === 0) return undefined;
  const last = request.messages.at(-1);
  const begun: AssistantMessage = last?.role === "assistant" ? { ...last, content: [...contentOf(last), ...said] } : { role: "assistant", content: asContent(said) };
  return { ...request, messages: [...(last?.role === "assistant" ? request.messages.slice(0, -1) : request.messages), begun] };
}

/**
 * Makes a `continueWith` for models that do not go on from the beginning of a reply: they are shown it and asked to, in words.
 *
 * The seam may show, since the model is free in how it goes on. Undefined is given in the same cases as by `continueChat`.
 */
export function askToContinue(instruction = "Your reply was cut off. Go on with the very next character after its end; repeat nothing and do not comment."): typeof continueChat {
  return (request, given) => {
    const begun = continueChat(request, given);
    return begun && { ...begun, messages: [...begun.messages, { role: "user", content: instruction }] };
  };
}

/** What was said, where a model can go on from it; else nothing. */
function saidSoFar(request: ChatRequest, given: readonly RevisablePart[]): AssistantContent[] {
  if ((request.choices ?? 1) > 1 || request.responseFormat?.type === "json") return [];
  const said: AssistantContent[] = [];
  for (const part of given) {
    if (part.type === "text-delta") addText(said, part);
    else if (part.type !== "warning" && part.type !== "usage" && part.type !== "source" && part.type !== "reasoning-delta" && part.type !== "reasoning") return [];
  }
  return said;
}
