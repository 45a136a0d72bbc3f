/** What of a chat request a local model can be given. */
import { type ChatRequest, type Message, textOf, type Warning } from "@iftk/inference";
import { callId, type TextTurn, type TurnCall } from "@iftk/inferlet";

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

/** Warns of what is asked for and is left out. */
export function checkSupport({ reasoning }: ChatRequest): readonly Warning[] {
  return reasoning === undefined ? [] : [{ type: "warning", message: "llama: reasoning is ignored" }];
}
