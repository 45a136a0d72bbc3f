/** What a message says, as a list and as a text. */
import { StageError } from "@iftk/core";
import type { AssistantContent, AssistantMessage, AssistantTextContent, Message, TextContent, ToolContent, UserContent } from "./message.js";

/** What each role may say. */
interface ContentOf {
  readonly system: TextContent;
  readonly user: UserContent;
  readonly assistant: AssistantContent;
  readonly tool: ToolContent;
}

/** The content of a message as a list: a text is a list of one, an empty text of none. */
export function contentOf<M extends Message>({ content }: M): readonly ContentOf[M["role"]][] {
  if (typeof content !== "string") return content as readonly ContentOf[M["role"]][];
  return content === "" ? [] : [{ type: "text", text: content }];
}

/**
 * The text of a message, for engines that take nothing else.
 *
 * @throws StageError `unimplemented`, reason `option`, that names what else there is; reasoning is left out.
 */
export function textOf(message: Message, engine: string): string {
  if (typeof message.content === "string") return message.content;
  let text = "";
  for (const content of message.content) {
    if (content.type === "text") text += content.text;
    else if (content.type !== "reasoning") throw new StageError("unimplemented", `${engine}: a message with content of type ${JSON.stringify(content.type)} cannot be given to this model; it takes text`, { reason: "option" });
  }
  return text;
}

/** Adds to what a model said: to the text that it ends with, where that is of the same phase. The last text of the list is changed for that, so it must be the caller's own. */
export function addText(said: AssistantContent[], { text, phase }: Pick<AssistantTextContent, "text" | "phase">): void {
  if (text === "") return;
  const last = said.at(-1);
  if (last?.type === "text" && last.phase === phase) last.text += text;
  else said.push({ type: "text", text, ...(phase !== undefined && { phase }) });
}

/** The list as the content of a message: the text by itself where there is nothing else to it. */
export function asContent(said: AssistantContent[]): AssistantMessage["content"] {
  const [first] = said;
  if (first === undefined) return "";
  return said.length === 1 && first.type === "text" && first.phase === undefined ? first.text : said;
}
