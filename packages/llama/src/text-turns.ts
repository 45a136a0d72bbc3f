/** What of a chat request a local model can be given. */
import { StageError } from "@iftk/core";
import { type ChatRequest, type Message, textOf, type Warning } from "@iftk/inference";

/** A call that the assistant made. */
export interface TurnCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** A turn that is text, with the calls that the assistant made in it. */
export interface TextTurn {
  readonly role: Message["role"];
  readonly content: string;
  readonly toolCalls?: readonly TurnCall[];
  /** Of the result of a tool: the call that it belongs to, and the tool. */
  readonly toolCallId?: string;
  readonly name?: string;
}

/**
 * The turns of a conversation as text and calls; identifiers of calls are numbered anew, in the one form that all templates take.
 *
 * @throws StageError `unimplemented`, reason `option`, where a turn holds anything else.
 */
export function textTurns(messages: readonly Message[]): readonly TextTurn[] {
  const ids = new Map<string, TurnCall>();
  let count = 0;
  return messages.map((message): TextTurn => {
    const { role } = message;
    if (role === "tool") {
      const call = message.toolCallId === undefined ? undefined : ids.get(message.toolCallId);
      const name = message.name ?? call?.name;
      return { role, content: textOf(message, "llama"), ...(call && { toolCallId: call.id }), ...(name !== undefined && { name }) };
    }
    if (role !== "assistant" || typeof message.content === "string") return { role, content: textOf(message, "llama") };
    const toolCalls = message.content.flatMap((content): readonly TurnCall[] => {
      if (content.type !== "tool-call") return [];
      const call = { id: callId(++count), name: content.name, arguments: content.arguments };
      ids.set(content.id, call);
      return [call];
    });
    const text = textOf({ ...message, content: message.content.filter(({ type }) => type !== "tool-call") }, "llama");
    return { role, content: text, ...(toolCalls.length > 0 && { toolCalls }) };
  });
}

/** The identifier of the so-many-th call of a conversation: nine letters and digits, as the templates of Mistral demand. */
export function callId(number: number): string {
  return `call${String(number).padStart(5, "0")}`;
}

/** Warns of what is asked for and only tunes a reply. Throws StageError `unimplemented`, reason `option`, for what a reply without it would be wrong. */
export function checkSupport({ logprobs, choices = 1, reasoning }: ChatRequest): readonly Warning[] {
  refuse("logprobs", logprobs !== undefined);
  refuse("choices", choices > 1);
  return reasoning === undefined ? [] : [{ type: "warning", message: "llama: reasoning is ignored" }];
}

function refuse(name: string, isAsked: boolean): void {
  if (isAsked) throw new StageError("unimplemented", `llama: ${name}: the local engine does not have this; leave it out`, { reason: "option" });
}
