/** The chunks of a chat completion as parts. */
import type { SyncRun } from "@iftk/core";
import type { ChoiceFinish, Finish, FinishReason, Part, TokenLogprob, Usage } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { provider } from "./client.js";
import { failureIn, unexpected } from "./failure.js";
import { ToolCalls, type ToolCallPiece } from "./tool-calls.js";

interface Logprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | null;
  readonly top_logprobs?: readonly Logprob[] | null;
}

interface Delta {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly ToolCallPiece[] | ToolCallPiece | null;
}

interface Choice {
  readonly index?: number;
  readonly delta?: Delta | null;
  readonly message?: Delta | null;
  readonly finish_reason?: string | null;
  readonly logprobs?: { readonly content?: readonly Logprob[] | null } | null;
}

/** What a chunk, or a whole completion, may hold; all of it is optional, since every provider leaves something out. */
interface Chunk {
  readonly id?: string;
  readonly model?: string;
  readonly choices?: readonly Choice[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number | null } | null;
  } | null;
}

/** Whether the event is the terminal mark. */
export const isDone = ({ data }: SseEvent): boolean => data === "[DONE]";

/** Makes parts of the events of one reply; the terminal mark becomes its finish. */
export class ChatParts implements SyncRun<SseEvent, Part> {
  readonly #choices: number;
  readonly #calls = new ToolCalls();
  readonly #reasons = new Map<number, FinishReason>();
  #usage: Usage | undefined;
  #id: string | undefined;
  #model: string | undefined;

  /** `choices` is how many replies were asked for. */
  constructor(choices: number) {
    this.#choices = choices;
  }

  take(event: SseEvent): readonly Part[] {
    if (isDone(event)) return this.#end();
    if (event.data === "") return [];
    return this.#add(parseJson(provider, event.data));
  }

  /** All parts of a completion that came as one document. */
  whole(completion: unknown): readonly Part[] {
    const parts = this.#add(completion);
    if (this.#reasons.size === 0) throw unexpected("a chat completion");
    return [...parts, ...this.#end()];
  }

  #add(value: unknown): readonly Part[] {
    const failure = failureIn(value);
    if (failure) throw failure;
    if (typeof value !== "object" || value === null) throw unexpected("a chat completion");
    const { id, model, choices, usage } = value as Chunk;
    this.#id ??= id;
    this.#model ??= model;
    if (usage) this.#usage = usageOf(usage);
    if (!Array.isArray(choices)) return [];
    const parts: Part[] = [];
    for (const choice of choices as readonly Choice[]) this.#addChoice(choice, parts);
    return parts;
  }

  /** What is left to tell at the end. */
  #end(): readonly Part[] {
    const first = this.#reasons.get(0) ?? { unified: "other", raw: "" };
    const finishes: ChoiceFinish[] = this.#choices > 1 ? [...this.#reasons].map(([choice, reason]) => ({ type: "choice-finish", choice, reason })) : [];
    const response = (this.#id || this.#model) && { ...(this.#id && { id: this.#id }), ...(this.#model && { model: this.#model }) };
    const finish: Finish = { type: "finish", reason: first, usage: this.#usage ?? { inputTokens: 0, outputTokens: 0, estimated: true }, ...(response && { response }) };
    return [...this.#calls.end(), ...finishes, finish];
  }

  #addChoice({ index = 0, delta, message, finish_reason: reason, logprobs }: Choice, parts: Part[]): void {
    const choice = index === 0 ? undefined : { choice: index };
    const { content, reasoning_content: reasoning, reasoning: alsoReasoning, refusal, tool_calls: calls } = delta ?? message ?? {};
    const thought = reasoning || alsoReasoning;
    if (typeof thought === "string" && thought !== "") parts.push({ type: "reasoning-delta", text: thought, ...choice });
    const tokens = logprobs?.content?.map(logprobOf);
    if (typeof content === "string" && (content !== "" || tokens?.length)) parts.push({ type: "text-delta", text: content, ...(tokens?.length && { logprobs: tokens }), ...choice });
    if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal-delta", text: refusal, ...choice });
    // Older servers of Text Generation Inference give one call where others give a list.
    if (calls) for (const call of Array.isArray(calls) ? (calls as readonly ToolCallPiece[]) : [calls as ToolCallPiece]) parts.push(...this.#calls.add(call, index));
    if (typeof reason === "string" && reason !== "") {
      this.#reasons.set(index, reasonOf(reason));
      parts.push(...this.#calls.end(index));
    }
  }
}

const unified: ReadonlyMap<string, FinishReason["unified"]> = new Map([
  ["stop", "stop"],
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["error", "error"],
]);

/** The reason that a provider gives for the end, in its own word and the common one. */
export function reasonOf(raw: string): FinishReason {
  return { unified: unified.get(raw) ?? "other", raw };
}

function usageOf({ prompt_tokens: input = 0, completion_tokens: output = 0, prompt_tokens_details: prompt, completion_tokens_details: completion }: NonNullable<Chunk["usage"]>): Usage {
  const cached = prompt?.cached_tokens;
  const reasoning = completion?.reasoning_tokens;
  return { inputTokens: input, outputTokens: output, ...(typeof cached === "number" && { cachedInputTokens: cached }), ...(typeof reasoning === "number" && { reasoningTokens: reasoning }) };
}

function logprobOf({ token, logprob, bytes, top_logprobs: alternatives }: Logprob): TokenLogprob {
  return {
    token,
    logprob,
    ...(bytes && { bytes }),
    ...(alternatives?.length && { alternatives: alternatives.map(({ token: other, logprob: of }) => ({ token: other, logprob: of })) }),
  };
}
