/** The words in which chat engines are asked and answer. */
import { z } from "zod";

export const role = z.enum(["system", "user", "assistant", "tool"]);
export type Role = z.output<typeof role>;

/** One turn of a conversation. */
export const message = z.object({ role, content: z.string() });
export type Message = z.output<typeof message>;

/** What a chat engine is asked. */
export const chatRequest = z.strictObject({
  messages: z.array(message).min(1),
  /** Tokens to generate at most; without it the context is the limit. */
  maxTokens: z.int().positive().optional(),
  /** 0 picks the likeliest token; 1 samples the model's own distribution. */
  temperature: z.number().min(0).max(2).optional(),
  /** Samples from the likeliest tokens whose probabilities add up to this. */
  topP: z.number().gt(0).max(1).optional(),
  /** The same seed and request give the same reply. */
  seed: z.int().nonnegative().optional(),
  /** Texts at which generation ends; they are not part of the reply. */
  stop: z.array(z.string().min(1)).max(16).optional(),
});
export type ChatRequest = z.output<typeof chatRequest>;

/** Tokens spent; `estimated` where a provider did not say. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimated?: boolean;
}

/** Why a generation ended: the common word and the engine's own. */
export interface FinishReason {
  readonly unified: "stop" | "length" | "content-filter" | "tool-calls" | "aborted" | "error" | "other";
  readonly raw: string;
}

export interface TextDelta {
  readonly type: "text-delta";
  readonly text: string;
}
export interface ReasoningDelta {
  readonly type: "reasoning-delta";
  readonly text: string;
}
export interface Warning {
  readonly type: "warning";
  readonly message: string;
}
/** The last part of every reply. */
export interface Finish {
  readonly type: "finish";
  readonly reason: FinishReason;
  readonly usage: Usage;
}

/** One piece of a streamed reply. */
export type Part = TextDelta | ReasoningDelta | Warning | Finish;
