/** What of a chat request a local model can be given. */
import { StageError } from "@iftk/core";
import { type ChatRequest, type Message, textOf, type Warning } from "@iftk/inference";

/** A turn that is text alone. */
export interface TextTurn {
  readonly role: Message["role"];
  readonly content: string;
}

/** The turns of a conversation as text. Throws StageError `unimplemented`, reason `option`, where one holds anything else. */
export function textTurns(messages: readonly Message[]): readonly TextTurn[] {
  return messages.map((message) => ({ role: message.role, content: textOf(message, "llama") }));
}

/** Warns of what is asked for and only tunes a reply. Throws StageError `unimplemented`, reason `option`, for what a reply without it would be wrong. */
export function checkSupport({ tools = [], responseFormat, logprobs, choices = 1, topK, frequencyPenalty, presencePenalty, reasoning }: ChatRequest): readonly Warning[] {
  refuse("tools", tools.length > 0);
  refuse("responseFormat", responseFormat?.type === "json");
  refuse("logprobs", logprobs !== undefined);
  refuse("choices", choices > 1);
  return Object.entries({ topK, frequencyPenalty, presencePenalty, reasoning }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ type: "warning" as const, message: `llama: ${name} is ignored` }],
  );
}

function refuse(name: string, isAsked: boolean): void {
  if (isAsked) throw new StageError("unimplemented", `llama: ${name}: the local engine does not have this; leave it out`, { reason: "option" });
}
