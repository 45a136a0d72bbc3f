/** How a model is made to give an object. */
import type { ChatRequest, JsonSchema } from "../chat.js";
import type { AssistantContent, Message } from "../message.js";
import { addText, asContent, contentOf } from "../message-content.js";
import type { Part } from "../part.js";
import type { Reply } from "../text.js";

/** What a model is to give. */
export interface ObjectWanted {
  /** The name of the value, for the provider and the model. */
  readonly name: string;
  readonly description: string | undefined;
  /** The schema of an object. */
  readonly schema: JsonSchema;
}

/** One way to ask for an object. */
export interface ObjectMode {
  /** The request that asks for it. */
  ask(request: ChatRequest): ChatRequest;
  /** Begins to read an answer. */
  open(): AnswerReader;
  /** The messages that show a model its answer and tell what is wrong with it. */
  correct(reply: Reply, problem: string): readonly Message[];
}

/** Reads the object of one answer while it comes. */
export interface AnswerReader {
  /** Takes a part and says whether `partial` has changed and is worth reading. */
  take(part: Part): boolean;
  /** What there is of the object; undefined before it begins. */
  readonly partial: unknown;
  /**
   * The object of the whole answer.
   *
   * @throws StageError that says what is wrong with it, reason `truncated` where its text is cut off.
   */
  whole(reply: Reply): unknown;
}

/** Shows a model the texts of its reply, and tells it what is wrong. */
export function correctText({ text, message }: Pick<Reply, "text" | "message">, problem: string): readonly Message[] {
  const said: AssistantContent[] = [];
  for (const content of contentOf(message)) if (content.type === "text") addText(said, content);
  const answer: readonly Message[] = text.trim() === "" ? [] : [{ role: "assistant", content: asContent(said) }];
  return [...answer, { role: "user", content: `That answer cannot be used: ${problem}\nGive the whole answer again, corrected.` }];
}
