/** The messages of a request as the provider takes them. */
import type { ContentBlockParam, ImageBlockParam, MessageParam, TextBlockParam, ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { StageError } from "@iftk/core";
import { contentOf, type AssistantMessage, type Message, type ToolMessage, type UserMessage } from "@iftk/inference";
import { provider } from "./failure.js";
import { documentBlock, imageBlock } from "./media-source.js";

/** How the messages are given. */
export interface ConversationOptions {
  /** Whether system messages may stand within the conversation. */
  readonly takesLateSystem: boolean;
  /** Whether the model is to cite the documents. */
  readonly citesDocuments: boolean;
}

export interface Conversation {
  readonly system: readonly TextBlockParam[];
  readonly messages: readonly MessageParam[];
  /** How many system messages stand elsewhere than they were given. */
  readonly moved: number;
}

interface Turn {
  readonly role: MessageParam["role"];
  readonly content: ContentBlockParam[];
}

/**
 * The conversation in turns, with the system messages it begins with apart.
 *
 * A later system message comes after the turn of the user that it is given before, in or after: the API takes it nowhere else.
 * Where the model takes none there, or no such turn is left, it joins those at the beginning.
 *
 * @throws StageError `invalid_argument` or `unimplemented` that names the message.
 */
export function conversationOf(given: readonly Message[], options: ConversationOptions): Conversation {
  const system: TextBlockParam[] = [];
  const turns: Turn[] = [];
  let late: TextBlockParam[] = [];
  let moved = 0;

  const settle = (): void => {
    if (late.length === 0 || turns.at(-1)?.role !== "user") return;
    turns.push({ role: "system", content: late });
    late = [];
  };
  const add = (role: "user" | "assistant", blocks: readonly ContentBlockParam[]): void => {
    if (blocks.length === 0) return;
    if (role === "assistant") settle();
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  };

  for (const [index, message] of given.entries()) {
    if (message.role === "system") {
      if (isBlank(message.content)) continue;
      const block: TextBlockParam = { type: "text", text: message.content, ...(message.cache && cached) };
      if (turns.length === 0) system.push(block);
      else if (options.takesLateSystem) late.push(block);
      else {
        system.push(block);
        moved++;
      }
      continue;
    }
    add(message.role === "assistant" ? "assistant" : "user", withCache(at(index, () => blocksOf(message, options)), message.cache));
  }
  settle();
  withoutEnd(turns.at(-1));
  if (turns.length === 0) throw new StageError("invalid_argument", `${provider}: messages: there is nothing to reply to; add a message of the user`);
  limitCache([...system, ...late, ...turns.flatMap(({ content }) => content)]);
  const messages = turns.map(({ role, content }) => ({ role, content: role === "user" ? resultsFirst(content) : content }) as MessageParam);
  return { system: [...system, ...late], messages, moved: moved + late.length };
}

const cached = { cache_control: { type: "ephemeral" } } as const;

/** Marks the last block that can be marked; thoughts cannot. */
function withCache(blocks: readonly ContentBlockParam[], cache = false): readonly ContentBlockParam[] {
  const last = cache ? blocks.findLastIndex(({ type }) => type !== "thinking" && type !== "redacted_thinking") : -1;
  return last < 0 ? blocks : blocks.with(last, { ...(blocks[last] as TextBlockParam), ...cached });
}

/** Places that the provider caches in one request. */
const mostCached = 4;

/** Leaves the marks on the last places, which hold the most. */
function limitCache(blocks: readonly object[]): void {
  const marked = blocks.filter((block) => "cache_control" in block);
  for (const block of marked.slice(0, -mostCached)) delete (block as { cache_control?: unknown }).cache_control;
}

/** The API takes results of calls at the beginning of a turn only. */
function resultsFirst(blocks: readonly ContentBlockParam[]): ContentBlockParam[] {
  const isResult = ({ type }: ContentBlockParam): boolean => type === "tool_result";
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}

function blocksOf(message: UserMessage | AssistantMessage | ToolMessage, { citesDocuments }: ConversationOptions): ContentBlockParam[] {
  if (message.role === "user") return contentOf<UserMessage>(message).flatMap((content) => userBlock(content, citesDocuments));
  if (message.role === "assistant") return contentOf<AssistantMessage>(message).flatMap(assistantBlock);
  return [resultBlock(message)];
}

function userBlock(content: ReturnType<typeof contentOf<UserMessage>>[number], citesDocuments: boolean): ContentBlockParam[] {
  switch (content.type) {
    case "text":
      return textBlock(content.text);
    case "image":
      return [imageBlock(content)];
    case "file":
      return [{ ...documentBlock(content), ...(citesDocuments && { citations: { enabled: true } }) }];
    case "audio":
      throw new StageError("unimplemented", `${provider}: audio cannot be given to this provider; give a transcript of it`, { reason: "option" });
  }
}

/** How ids of OpenAI's reasoning begin, which stand where this provider has signatures. */
const idOfOpenai = "rs_";

/** Thoughts of other providers, which this one could not check, are left out. */
function assistantBlock(content: ReturnType<typeof contentOf<AssistantMessage>>[number]): ContentBlockParam[] {
  switch (content.type) {
    case "text":
      return textBlock(content.text);
    case "reasoning":
      if (content.signature?.startsWith(idOfOpenai)) return [];
      if (content.signature !== undefined) return [{ type: "thinking", thinking: content.text, signature: content.signature }];
      return content.encrypted === undefined ? [] : [{ type: "redacted_thinking", data: content.encrypted }];
    case "tool-call":
      return [{ type: "tool_use", id: callId(content.id), name: content.name, input: content.arguments ?? {} }];
  }
}

function resultBlock(message: ToolMessage): ToolResultBlockParam {
  const { toolCallId, isError } = message;
  if (!toolCallId) throw new StageError("invalid_argument", "a result needs the `toolCallId` of its call");
  const content = contentOf<ToolMessage>(message).flatMap((one): (TextBlockParam | ImageBlockParam)[] => (one.type === "image" ? [imageBlock(one)] : textBlock(one.text)));
  return { type: "tool_result", tool_use_id: callId(toolCallId), ...(content.length > 0 && { content }), ...(isError && { is_error: true }) };
}

/** Ids of other providers hold characters that the API refuses; calls and results are changed alike. */
const callId = (id: string): string => id.replaceAll(/[^\w-]/g, "_");

/** The API refuses texts of nothing but white space. */
const isBlank = (text: string): boolean => text.trim() === "";
const textBlock = (text: string): TextBlockParam[] => (isBlank(text) ? [] : [{ type: "text", text }]);

/** The API refuses a beginning of the reply that ends in white space; the model goes on with its own. */
function withoutEnd(turn: Turn | undefined): void {
  const last = turn?.role === "assistant" ? turn.content.at(-1) : undefined;
  if (last?.type === "text") turn?.content.splice(-1, 1, { ...last, text: last.text.trimEnd() });
}

/** Says in errors which message it is. */
function at<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!StageError.is(error)) throw error;
    throw new StageError(error.code, `${provider}: messages[${index}]: ${error.message.replace(`${provider}: `, "")}`, { reason: error.reason });
  }
}
