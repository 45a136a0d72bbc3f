/** Turns of a conversation as chat templates take them. */

/** A call that the assistant made. */
export interface TurnCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** A turn that is text, with the calls that the assistant made in it. */
export interface TextTurn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly toolCalls?: readonly TurnCall[];
  /** Of the result of a tool: the call that it belongs to, and the tool. */
  readonly toolCallId?: string;
  readonly name?: string;
}

/** The identifier of the so-many-th call of a conversation: nine letters and digits, as the templates of Mistral demand. */
export function callId(number: number): string {
  return `call${String(number).padStart(5, "0")}`;
}
