/** The pieces of a streamed reply. */
import type { Rollback } from "@iftk/core/interceptors";
import type { TextPhase } from "./message.js";

/** What a call took; a field that is left out is not known. `estimated` where a provider did not say. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens, those that came out of the provider's prompt cache. */
  readonly cachedInputTokens?: number;
  /** Of the input tokens, those that were written to it. */
  readonly cacheWriteInputTokens?: number;
  /** Of the output tokens, those that were thought. */
  readonly reasoningTokens?: number;
  /** Of audio or video. */
  readonly seconds?: number;
  readonly images?: number;
  readonly estimated?: boolean;
}

/** Why a generation ended: the common word and the engine's own. */
export interface FinishReason {
  readonly unified: "stop" | "length" | "content-filter" | "tool-calls" | "aborted" | "error" | "other";
  readonly raw: string;
}

/** A token with the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** The bytes of the token, which may be part of a character. */
  readonly bytes?: readonly number[];
  readonly alternatives?: readonly { readonly token: string; readonly logprob: number }[];
}

/** Of which of several replies a part is; left out for the first. */
interface OfChoice {
  readonly choice?: number;
}

export interface TextDelta extends OfChoice {
  readonly type: "text-delta";
  readonly text: string;
  /** Whether it is commentary or the answer, where the engine tells; a reply may have both, one after the other. */
  readonly phase?: TextPhase;
  readonly logprobs?: readonly TokenLogprob[];
}
export interface ReasoningDelta extends OfChoice {
  readonly type: "reasoning-delta";
  readonly text: string;
}
/** What a model says in place of a reply that it will not give. */
export interface RefusalDelta extends OfChoice {
  readonly type: "refusal-delta";
  readonly text: string;
}
/** A whole block of reasoning, after its deltas, with what the provider wants back with it. */
export interface Reasoning extends OfChoice {
  readonly type: "reasoning";
  readonly text: string;
  readonly signature?: string;
  readonly encrypted?: string;
}
export interface ToolCallStart extends OfChoice {
  readonly type: "tool-call-start";
  readonly id: string;
  readonly name: string;
}
/** A piece of the JSON text of a call's arguments. */
export interface ToolCallDelta extends OfChoice {
  readonly type: "tool-call-delta";
  readonly id: string;
  readonly arguments: string;
}
/** A whole call; its arguments are JSON. */
export interface ToolCall extends OfChoice {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}
/** A whole call whose arguments are no JSON: no error, so that the model can be told of it. */
export interface ToolCallInvalid extends OfChoice {
  readonly type: "tool-call-invalid";
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly message: string;
}
/** A citation: what the text before it rests on. */
export interface Source {
  readonly type: "source";
  readonly id?: string;
  readonly url?: string;
  readonly title?: string;
  readonly quote?: string;
  /** Offsets in the text of the reply. */
  readonly start?: number;
  readonly end?: number;
}
export interface Warning {
  readonly type: "warning";
  readonly message: string;
}
/** What was used so far. */
export interface UsagePart {
  readonly type: "usage";
  readonly usage: Usage;
}
/** The end of one of several replies. */
export interface ChoiceFinish {
  readonly type: "choice-finish";
  readonly choice: number;
  readonly reason: FinishReason;
}
/** The last part of every reply. */
export interface Finish {
  readonly type: "finish";
  readonly reason: FinishReason;
  readonly usage: Usage;
  /** What the provider calls the reply, and the model that gave it. */
  readonly response?: { readonly id?: string; readonly model?: string };
}

/** One piece of a streamed reply. */
export type Part =
  | TextDelta
  | ReasoningDelta
  | RefusalDelta
  | Reasoning
  | ToolCallStart
  | ToolCallDelta
  | ToolCall
  | ToolCallInvalid
  | Source
  | Warning
  | UsagePart
  | ChoiceFinish
  | Finish;

/** A part, or the mark by which a retry after output takes parts back. */
export type RevisablePart = Part | Rollback;
