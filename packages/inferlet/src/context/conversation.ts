/** The turns of a context, and the tokens that they are for its model. */
import { StageError } from "@iftk/core";
import type { ChatTemplate, Prompt } from "../chat-template/chat-template.js";
import { callId, type TextTurn, type TurnCall } from "../chat-template/text-turn.js";
import type { ToolDefinition } from "../decoder/format.js";

/** A turn that the context holds: what it said is in the tokens, so only its kind is kept, and what the system says, which templates repeat. */
interface ToldTurn {
  readonly turn: TextTurn;
  /** Tokens of the context when it was complete. */
  readonly end: number;
  /** Of a reply, the tokens of the context where it begins. */
  readonly start?: number | undefined;
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
  #waiting: readonly TextTurn[] = [];
  /** What waits, as it is written; made when it is first asked for. */
  #prompt: Prompt | undefined;
  #tools: readonly ToolDefinition[] = [];
  #replyStart: number | undefined;
  #cue = "";

  /** @param template is asked for when a turn is written */
  constructor(template: () => ChatTemplate) {
    this.#template = template;
  }

  get tools(): readonly ToolDefinition[] {
    return this.#tools;
  }

  /** Tokens of the context where the reply begins, behind the text that begins it; undefined unless one was begun and not ended. */
  get replyStart(): number | undefined {
    return this.#replyStart;
  }

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

  /** The tokens of what waits, as they would be written now. */
  get waitingTokens(): Int32Array {
    if (this.#waiting.length === 0) return new Int32Array(0);
    this.#prompt ??= this.#template().renderAfter(this.#turns(), this.#waiting, { tools: this.#tools, isReplyNext: false });
    return this.#prompt.tokens;
  }

  add(turn: TextTurn): void {
    this.#wait([...this.#waiting, turn]);
  }

  /** @throws StageError `failed_precondition` when turns were written already, which stand behind the tools. */
  equip(tools: readonly ToolDefinition[]): void {
    if (this.#told.length > 0 || this.isReplyOpen) throw new StageError("failed_precondition", "context: tools stand at the beginning of a conversation, and it has begun; equip it before its first turn is flushed");
    this.#tools = [...this.#tools, ...tools];
    this.#prompt = undefined;
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

  /** Everything that waits, written after what was told; `append` adds it to the tokens of the context and says how many there are then. */
  take(append: (tokens: ArrayLike<number>) => number): void {
    if (this.#waiting.length === 0) return;
    const end = append(this.waitingTokens);
    this.#told = [...this.#told, ...this.#waiting.map((turn) => ({ turn: silent(turn), end }))];
    this.#wait([]);
  }

  /** The beginning of the assistant's turn; `append` as for `take`. */
  begin(append: (tokens: ArrayLike<number>) => number): void {
    const { tokens, text } = this.#template().renderAfter(this.#turns(), [], { tools: this.#tools });
    this.#replyStart = append(tokens);
    this.#cue = text;
  }

  /** The text that ends the assistant's turn; `append` adds it and says how many tokens there are then. */
  seal(append: (closing: string) => number): void {
    if (this.#replyStart === undefined) throw new StageError("failed_precondition", "context: there is no turn of the assistant to seal; begin one with cue, or generate");
    const turn: TextTurn = { role: "assistant", content: "" };
    const closing = this.#template().closing([...this.#turns(), turn], { tools: this.#tools });
    this.#told = [...this.#told, { turn, end: append(closing), start: this.#replyStart }];
    this.#replyStart = undefined;
  }

  /** Forgets the turns that do not lie within so many tokens; a reply of which some does is open again. */
  truncate(length: number): void {
    const cut = this.#told.find(({ end }) => end > length);
    const start = cut === undefined ? this.#replyStart : cut.start;
    this.#replyStart = start !== undefined && start <= length ? start : undefined;
    this.#told = this.#told.filter(({ end }) => end <= length);
    this.#wait([]);
  }

  /** Counts without the tokens from `start` up to before `end`; their turns stay, as the model has learnt from them what it goes on with. */
  discard(start: number, end: number): void {
    const moved = (place: number): number => (place < end ? Math.min(place, start) : place - (end - start));
    this.#told = this.#told.map((told) => ({ ...told, end: moved(told.end), start: told.start === undefined ? undefined : moved(told.start) }));
    if (this.#replyStart !== undefined) this.#replyStart = moved(this.#replyStart);
  }

  copy(): Conversation {
    const copy = new Conversation(this.#template);
    copy.#told = this.#told;
    copy.#waiting = this.#waiting;
    copy.#prompt = this.#prompt;
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

  #wait(turns: readonly TextTurn[]): void {
    this.#waiting = turns;
    this.#prompt = undefined;
  }

  #turns(): readonly TextTurn[] {
    return this.#told.map(({ turn }) => turn);
  }

  /** Adds a call to the turn of the assistant before the results at the end, or such a turn. */
  #addCall(call: TurnCall): void {
    const withCall = (turn: TextTurn): TextTurn => ({ ...turn, toolCalls: [...(turn.toolCalls ?? []), call] });
    const waiting = this.#waiting.findLastIndex(({ role }) => role !== "tool");
    const made = this.#waiting[waiting];
    if (made?.role === "assistant") return this.#wait(this.#waiting.with(waiting, withCall(made)));
    const told = waiting === -1 ? this.#told.findLastIndex(({ turn }) => turn.role !== "tool") : -1;
    const before = this.#told[told];
    if (before?.turn.role === "assistant") this.#told = this.#told.with(told, { ...before, turn: withCall(before.turn) });
    else this.add({ role: "assistant", content: "", toolCalls: [call] });
    this.#prompt = undefined;
  }
}

/** A turn without what it says, save the system; the names of calls stay, since templates look at them. */
function silent(turn: TextTurn): TextTurn {
  if (turn.role === "system") return turn;
  return { ...turn, content: "", ...(turn.toolCalls && { toolCalls: turn.toolCalls.map((call) => ({ ...call, arguments: {} })) }) };
}
