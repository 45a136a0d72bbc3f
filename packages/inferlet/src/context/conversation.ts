/** The turns of a context, and the tokens that they are for its model. */
import { StageError } from "@iftk/core";
import type { ChatTemplate, Prompt } from "../chat-template/chat-template.js";
import { callId, type TextTurn, type TurnCall } from "../chat-template/text-turn.js";
import type { ToolDefinition } from "../decoder/format.js";

/** A turn that the context holds: what it said is in the tokens, so only its kind is kept. */
interface ToldTurn {
  readonly turn: TextTurn;
  /** Tokens of the context when it was complete. */
  readonly end: number;
}

/** What of a conversation is kept with a saved context. */
export interface ConversationState {
  readonly told: readonly ToldTurn[];
  readonly tools: readonly ToolDefinition[];
  readonly replyStart: number | undefined;
  readonly cue: string;
}

/**
 * Gives the text of turns as they come, each time only what is new, so that what the model has seen stays as it is.
 *
 * Turns wait until they are taken: then the template writes them all at once, as the model has learnt them.
 */
export class Conversation {
  readonly #template: () => ChatTemplate;
  #told: readonly ToldTurn[] = [];
  #waiting: TextTurn[] = [];
  #tools: readonly ToolDefinition[] = [];
  /** Tokens of the context where the reply begins, while the turn of the assistant is begun and not ended. */
  #replyStart: number | undefined;
  #cue = "";

  /** @param template is asked for when a turn is written */
  constructor(template: () => ChatTemplate) {
    this.#template = template;
  }

  get tools(): readonly ToolDefinition[] {
    return this.#tools;
  }

  /** Whether a reply of the assistant was begun and not ended. */
  get isReplyOpen(): boolean {
    return this.#replyStart !== undefined;
  }

  /** Whether there is anything to reply to. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#told.length === 0;
  }

  /** The text with which the reply was begun: it may have opened thinking. */
  get cue(): string {
    return this.#cue;
  }

  add(turn: TextTurn): void {
    this.#waiting.push(turn);
  }

  /** @throws StageError `failed_precondition` when turns were written already, which stand behind the tools. */
  equip(tools: readonly ToolDefinition[]): void {
    if (this.#told.length > 0) throw new StageError("failed_precondition", "context: tools stand at the beginning of a conversation, and it has begun; equip it before its first turn is flushed");
    this.#tools = [...this.#tools, ...tools];
  }

  /** Adds what a tool has given, with the call of it where the reply that made it is not known to have one. */
  answer(name: string, content: string): void {
    const turns = [...this.#told.map(({ turn }) => turn), ...this.#waiting];
    const calls = turns.flatMap(({ toolCalls = [] }) => toolCalls);
    const answered = new Set(turns.map(({ toolCallId }) => toolCallId));
    let call = calls.find((each) => each.name === name && !answered.has(each.id));
    if (call === undefined) {
      call = { id: callId(calls.length + 1), name, arguments: {} };
      this.#addCall(call);
    }
    this.add({ role: "tool", content, name, toolCallId: call.id });
  }

  /** Everything that waits, written after what was told, as far as `length` tokens of the context; nothing when nothing waits. */
  take(length: (prompt: Prompt) => number): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    const prompt = this.#template().renderAfter(this.#turns(), waiting, { tools: this.#tools, isReplyNext: false });
    const end = length(prompt);
    this.#told = [...this.#told, ...waiting.map((turn) => ({ turn: silent(turn), end }))];
    this.#waiting = [];
  }

  /** The beginning of the assistant's turn; `length` as for `take`. */
  begin(length: (prompt: Prompt) => number): void {
    const prompt = this.#template().renderAfter(this.#turns(), [], { tools: this.#tools });
    this.#replyStart = length(prompt);
    this.#cue = prompt.text;
  }

  /** The text that ends the assistant's turn; `length` says how many tokens the context then has. */
  seal(length: (closing: string) => number): void {
    if (this.#replyStart === undefined) throw new StageError("failed_precondition", "context: there is no turn of the assistant to seal; begin one with cue, or generate");
    const turn: TextTurn = { role: "assistant", content: "" };
    const closing = this.#template().closing([...this.#turns(), turn], { tools: this.#tools });
    this.#told = [...this.#told, { turn, end: length(closing) }];
    this.#replyStart = undefined;
  }

  /** Forgets the turns that do not lie within so many tokens, and a reply that begins behind them. */
  truncate(length: number): void {
    this.#told = this.#told.filter(({ end }) => end <= length);
    if (this.#replyStart !== undefined && this.#replyStart > length) this.#replyStart = undefined;
    this.#waiting = [];
  }

  /** Counts without the tokens from `start` up to before `end`; their turns stay, as the model has learnt from them what it goes on with. */
  discard(start: number, end: number): void {
    const moved = (place: number): number => (place < end ? Math.min(place, start) : place - (end - start));
    this.#told = this.#told.map((told) => ({ ...told, end: moved(told.end) }));
    if (this.#replyStart !== undefined) this.#replyStart = moved(this.#replyStart);
  }

  copy(): Conversation {
    const copy = new Conversation(this.#template);
    copy.#told = this.#told;
    copy.#waiting = [...this.#waiting];
    copy.#tools = this.#tools;
    copy.#replyStart = this.#replyStart;
    copy.#cue = this.#cue;
    return copy;
  }

  /** What there is, when nothing waits. */
  save(): ConversationState {
    return { told: this.#told, tools: this.#tools, replyStart: this.#replyStart, cue: this.#cue };
  }

  restore({ told, tools, replyStart, cue }: ConversationState): void {
    this.#told = told;
    this.#tools = tools;
    this.#replyStart = replyStart;
    this.#cue = cue;
  }

  #turns(): readonly TextTurn[] {
    return this.#told.map(({ turn }) => turn);
  }

  /** Adds a call to the turn of the assistant before the results at the end, or such a turn. */
  #addCall(call: TurnCall): void {
    const withCall = (turn: TextTurn): TextTurn => ({ ...turn, toolCalls: [...(turn.toolCalls ?? []), call] });
    const waiting = this.#waiting.findLastIndex(({ role }) => role !== "tool");
    if (this.#waiting[waiting]?.role === "assistant") this.#waiting = this.#waiting.with(waiting, withCall(this.#waiting[waiting]));
    const told = waiting === -1 ? this.#told.findLastIndex(({ turn }) => turn.role !== "tool") : -1;
    const made = this.#told[told];
    if (made?.turn.role === "assistant") this.#told = this.#told.with(told, { ...made, turn: withCall(made.turn) });
    else if (this.#waiting[waiting]?.role !== "assistant") this.add({ role: "assistant", content: "", toolCalls: [call] });
  }
}

/** A turn without what it says; the names of calls stay, since templates look at them. */
function silent(turn: TextTurn): TextTurn {
  return { ...turn, content: "", ...(turn.toolCalls && { toolCalls: turn.toolCalls.map((call) => ({ ...call, arguments: {} })) }) };
}
