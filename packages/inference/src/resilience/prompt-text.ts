/** Where the prompt stands in a request. */
import { StageError } from "@iftk/core";
import type { Message, UserContent } from "../message.js";
import { contentOf } from "../message-content.js";

/** The words of a request that may be written anew. */
export interface PromptLens<Request> {
  /** Undefined where there are none. */
  textOf(request: Request): string | undefined;
  withText(request: Request, text: string): Request;
}

/** What the requests of this package have of a prompt. */
interface Prompted {
  readonly messages?: readonly Message[];
  readonly prompt?: string;
  readonly text?: string;
}

/** The prompt of any request of this package: the text of the last message of the user, else `prompt`, else the `text` to speak. */
export const promptText: PromptLens<unknown> = {
  textOf(request) {
    const { messages, prompt, text } = Object(request) as Prompted;
    return messages ? textOfUser(messages) : (prompt ?? text);
  },
  withText(request, text) {
    const { messages, prompt } = Object(request) as Prompted;
    if (messages) return { ...(request as Prompted), messages: withUserText(messages, text) };
    return { ...(request as Prompted), [prompt === undefined ? "text" : "prompt"]: text };
  },
};

function textOfUser(messages: readonly Message[]): string | undefined {
  const last = messages.findLast(({ role }) => role === "user");
  const texts = last && contentOf(last).flatMap((content) => (content.type === "text" ? [content.text] : []));
  return texts?.join("\n\n") || undefined;
}

function withUserText(messages: readonly Message[], text: string): readonly Message[] {
  const at = messages.findLastIndex(({ role }) => role === "user");
  const message = messages[at];
  if (message?.role !== "user") throw new StageError("invalid_argument", "the request has no message of the user whose text could be written anew");
  const others = contentOf(message).filter((content): content is UserContent => content.type !== "text");
  return messages.with(at, { ...message, content: others.length === 0 ? text : [{ type: "text", text }, ...others] });
}
