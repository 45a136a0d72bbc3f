/** The events of a streamed message as parts. */
import { StageError, type SyncRun } from "@iftk/core";
import type { FinishReason, Part, Usage } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { contentBlock, type ContentBlock, type OpenBlock } from "./content-block.js";
import { provider, toldFailure } from "./failure.js";

/** What the reply is read with. */
export interface ChatPartsOptions {
  /** Told before anything else. */
  readonly warnings?: readonly string[];
  readonly secrets?: readonly string[];
}

/** A message as it stands in its first event, or whole in the results of a batch. Fields may be missing: replies are read leniently. */
export interface WireMessage {
  readonly id?: string;
  readonly model?: string;
  readonly content?: readonly ContentBlock[];
  readonly usage?: WireUsage;
  readonly stop_reason?: string | null;
  readonly stop_details?: { readonly explanation?: string | null } | null;
}

interface WireUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number | null } | null;
}

interface WireEvent {
  readonly index?: number;
  readonly message?: WireMessage;
  readonly content_block?: ContentBlock;
  readonly delta?: { readonly type?: string } & Pick<WireMessage, "stop_reason" | "stop_details">;
  readonly usage?: WireUsage;
}

/** Turns the events of one reply into parts as they come. Events and blocks that are not known are left out. */
export class ChatParts implements SyncRun<SseEvent, Part> {
  readonly #options: ChatPartsOptions;
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #reply = { length: 0 };
  #usage: WireUsage = {};
  #response: { id?: string; model?: string } = {};
  #stop: Pick<WireMessage, "stop_reason" | "stop_details"> = {};
  #hasCalls = false;

  constructor(options: ChatPartsOptions = {}) {
    this.#options = options;
  }

  /** Throws StageError for an `error` event, and `unavailable`, reason `malformed`, for data that are no JSON. */
  take({ type, data }: SseEvent): readonly Part[] {
    if (type === "content_block_delta") return this.#delta(parse(data));
    if (type === "content_block_start") return this.#start(parse(data));
    if (type === "content_block_stop") return this.#end(parse(data));
    if (type === "message_start") return this.#begin(parse(data).message ?? {});
    if (type === "message_delta") return this.#stopping(parse(data));
    if (type === "message_stop") return [this.#finish()];
    if (type === "error") throw toldFailure(data, this.#options.secrets);
    return none;
  }

  /** The parts of a message that came whole. */
  whole(message: WireMessage): readonly Part[] {
    const { content = [], usage, stop_reason, stop_details } = message;
    return [
      ...this.#begin(message),
      ...content.flatMap((content_block, index) => [...this.#start({ index, content_block }), ...this.#end({ index })]),
      ...this.#stopping({ delta: { ...(stop_reason !== undefined && { stop_reason }), ...(stop_details !== undefined && { stop_details }) }, ...(usage && { usage }) }),
      this.#finish(),
    ];
  }

  #begin({ id, model, usage }: WireMessage): readonly Part[] {
    this.#response = { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
    this.#count(usage);
    const warnings = (this.#options.warnings ?? []).map((message): Part => ({ type: "warning", message }));
    return [...warnings, { type: "usage", usage: usageOf(this.#usage) }];
  }

  #start({ index = -1, content_block }: WireEvent): readonly Part[] {
    const block = content_block && contentBlock(content_block, this.#reply);
    if (!block) return none;
    this.#blocks.set(index, block);
    this.#hasCalls ||= block.isCall;
    return block.begin();
  }

  #delta({ index = -1, delta }: WireEvent): readonly Part[] {
    const block = delta && this.#blocks.get(index);
    return block ? block.take(delta) : none;
  }

  #end({ index = -1 }: WireEvent): readonly Part[] {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    return block ? block.end() : none;
  }

  #stopping({ delta, usage }: WireEvent): readonly Part[] {
    if (delta) this.#stop = delta;
    this.#count(usage);
    const explanation = delta?.stop_reason === "refusal" ? delta.stop_details?.explanation : undefined;
    return explanation ? [{ type: "refusal-delta", text: explanation }] : none;
  }

  #finish(): Part {
    return { type: "finish", reason: this.#reason(), usage: usageOf(this.#usage), response: this.#response };
  }

  #reason(): FinishReason {
    const raw = this.#stop.stop_reason ?? "none";
    // The call of the tool that is the reply is none to the one who asked.
    const unified = raw === "tool_use" && !this.#hasCalls ? "stop" : (reasons.get(raw) ?? "other");
    return { unified, raw };
  }

  /** Counts are cumulative: one that comes again replaces that from before, one that is left out or null does not. */
  #count(usage: WireUsage | undefined): void {
    const told = Object.entries(usage ?? {}).filter(([, count]) => count !== null && count !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(told) };
  }
}

const none: readonly Part[] = [];

/** `pause_turn` is of the provider's own tools: the reply may be sent back for the model to go on. */
const reasons: ReadonlyMap<string, FinishReason["unified"]> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["tool_use", "tool-calls"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "content-filter"],
]);

/** The provider counts what came out of its cache and what went into it apart from the other input; here all of it is input. */
function usageOf(usage: WireUsage): Usage {
  const { input_tokens, output_tokens, cache_creation_input_tokens: written, cache_read_input_tokens: read, output_tokens_details } = usage;
  const thought = output_tokens_details?.thinking_tokens;
  return {
    inputTokens: (input_tokens ?? 0) + (written ?? 0) + (read ?? 0),
    outputTokens: output_tokens ?? 0,
    ...(typeof read === "number" && { cachedInputTokens: read }),
    ...(typeof written === "number" && { cacheWriteInputTokens: written }),
    ...(typeof thought === "number" && { reasoningTokens: thought }),
  };
}

function parse(data: string): WireEvent {
  const event = parseJson(provider, data);
  if (typeof event === "object" && event !== null) return event;
  throw new StageError("unavailable", `${provider}: an event of the reply is no object`, { reason: "malformed" });
}
