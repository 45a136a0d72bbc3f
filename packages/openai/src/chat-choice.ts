/** One of the replies that a chat completion holds side by side. */
import { StageError } from "@iftk/core";
import type { FinishReason, Part } from "@iftk/inference";
import { finishReasonOf } from "./finish-reason.js";
import type { LeftOut } from "./left-out.js";
import { logprobsOf } from "./logprobs.js";
import { isRecord, numberIn, recordIn, recordsOf, textIn, type JsonRecord } from "./record.js";
import { sourceOf } from "./source.js";
import { ToolCallText } from "./tool-call-text.js";

/** Characters that a block of reasoning may have. */
const longest = 2 ** 24;

/** Fields of a delta whose content no part has a place for. */
const unread = ["audio", "images", "function_call"] as const;

/** Makes parts of the deltas of one choice. */
export class ChatChoice {
  readonly index: number;
  /** Characters of output so far. */
  characters = 0;
  /** The server's word for why it ended. */
  raw: string | undefined;
  readonly #choice: { readonly choice?: number };
  readonly #calls: ToolCallText[] = [];
  readonly #callsByIndex = new Map<number, ToolCallText>();
  readonly #leftOut: LeftOut;
  #reasoning = "";
  /** Calls that were told whole. */
  #wholeCalls = 0;

  constructor(index: number, leftOut: LeftOut) {
    this.index = index;
    this.#leftOut = leftOut;
    this.#choice = index === 0 ? {} : { choice: index };
  }

  get reason(): FinishReason {
    return finishReasonOf(this.raw, this.#calls.length > 0);
  }

  take(delta: JsonRecord, logprobs: unknown, parts: Part[]): void {
    const reasoning = textIn(delta, "reasoning_content") ?? textIn(delta, "reasoning");
    if (reasoning) this.#think(reasoning, parts);
    const { content, refusal } = delta;
    if (typeof content === "string") this.#say(content, logprobs, parts);
    else if (content) this.#takePieces(content, logprobs, parts);
    else if (logprobs) this.#say("", logprobs, parts);
    if (typeof refusal === "string" && refusal !== "") {
      this.characters += refusal.length;
      parts.push({ type: "refusal-delta", text: refusal, ...this.#choice });
    }
    if (delta["tool_calls"]) this.#takeCalls(recordsOf(delta["tool_calls"]), parts);
    for (const kind of unread) if (delta[kind]) this.#leftOut.warn(kind, parts);
    if (delta["annotations"]) for (const annotation of recordsOf(delta["annotations"])) if (isRecord(annotation["url_citation"])) parts.push(sourceOf(annotation["url_citation"]));
  }

  /** It has said why it ended, or the reply is over: its calls are whole. What comes of it all the same is told when it is closed again. */
  close(raw: string | undefined, parts: Part[]): void {
    this.raw = raw ?? "";
    this.#closeReasoning(parts);
    const { unified } = this.reason;
    for (const call of this.#calls.slice(this.#wholeCalls)) if (call.hasName) parts.push(call.whole(unified !== "tool-calls"));
    this.#wholeCalls = this.#calls.length;
  }

  #say(text: string, logprobs: unknown, parts: Part[]): void {
    const tokens = logprobs ? logprobsOf(logprobs) : undefined;
    if (text === "" && !tokens) return;
    if (this.#reasoning !== "") this.#closeReasoning(parts);
    this.characters += text.length;
    parts.push(tokens ? { type: "text-delta", text, logprobs: tokens, ...this.#choice } : { type: "text-delta", text, ...this.#choice });
  }

  #think(text: string, parts: Part[]): void {
    if (this.#reasoning.length + text.length > longest) throw new StageError("resource_exhausted", `the reasoning is longer than ${longest} characters`, { reason: "too-large" });
    this.#reasoning += text;
    this.characters += text.length;
    parts.push({ type: "reasoning-delta", text, ...this.#choice });
  }

  #closeReasoning(parts: Part[]): void {
    if (this.#reasoning === "") return;
    parts.push({ type: "reasoning", text: this.#reasoning, ...this.#choice });
    this.#reasoning = "";
  }

  /** Content as a list of pieces of text and of thinking, as Mistral gives it. */
  #takePieces(content: unknown, logprobs: unknown, parts: Part[]): void {
    for (const piece of recordsOf(content)) {
      if (piece["type"] === "thinking") for (const thought of recordsOf(piece["thinking"])) this.#think(textIn(thought, "text") ?? "", parts);
      else this.#say(textIn(piece, "text") ?? "", logprobs, parts);
    }
  }

  #takeCalls(calls: readonly JsonRecord[], parts: Part[]): void {
    this.#closeReasoning(parts);
    calls.forEach((value, place) => {
      if (value["custom"]) return this.#leftOut.warn("custom tool call", parts);
      const called = recordIn(value, "function");
      const given = called["arguments"];
      const text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);
      this.characters += text.length;
      this.#callOf(value, textIn(called, "name"), place).add(textIn(called, "name"), text, parts);
    });
  }

  /** The call that a piece is of: by its index, and by its id where the server gives each call the same index, or none. */
  #callOf(value: JsonRecord, name: string | undefined, place: number): ToolCallText {
    const index = numberIn(value, "index");
    const id = textIn(value, "id") || undefined;
    const known = index === undefined ? (this.#calls.find((call) => call.id === id) ?? (id || name ? undefined : this.#calls.at(-1))) : this.#callsByIndex.get(index);
    if (known && !(id && name && known.hasName && known.id !== id)) {
      if (id && !known.hasName) known.id = id;
      return known;
    }
    const call = new ToolCallText(id ?? `call-${this.index}-${this.#calls.length}`, this.index);
    this.#calls.push(call);
    this.#callsByIndex.set(index ?? place, call);
    return call;
  }
}
