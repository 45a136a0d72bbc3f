/** The events of a streamed message as parts. */
import { StageError, type SyncRun } from "@iftk/core";
import type { FinishReason, Part, ToolCall, Usage } from "@iftk/inference";
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

/** Turns the events of one reply into parts as they come. Events that are not known are left out, and so are blocks, of each kind of which a warning tells. */
export class ChatParts implements SyncRun<SseEvent, Part> {
  readonly #options: ChatPartsOptions;
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #reply = { length: 0 };
  #usage: WireUsage = {};
  #response: { id?: string; model?: string } = {};
  #stop: Pick<WireMessage, "stop_reason" | "stop_details"> = {};
  #isBegun = false;
  #hasCalls = false;
  /** Kinds of blocks that were left out. */
  readonly #leftOut = new Set<string>();
  /** The last block, where it is a call without arguments: how the reply ends tells whether they were still to come. */
  #bareCall: ToolCall | undefined;

  constructor(options: ChatPartsOptions = {}) {
    this.#options = options;
  }

  /** Throws StageError for an `error` event, and `unavailable`, reason `malformed`, for data that are no JSON and for an end without a beginning. */
  take({ type, data }: SseEvent): readonly Part[] {
    if (type === "content_block_delta") return this.#delta(parse(data));
    if (type === "content_block_start") return this.#start(parse(data));
    if (type === "content_block_stop") return this.#end(parse(data));
    if (type === "message_start") return this.#begin(parse(data).message ?? {});
    if (type === "message_delta") return this.#stopping(parse(data));
    if (type === "message_stop") return this.#over();
    if (type === "error") throw toldFailure(data, this.#options.secrets ?? []);
    return none;
  }

  /** The parts of a message that came whole. */
  whole(message: WireMessage): readonly Part[] {
    const { content = [], usage, stop_reason, stop_details } = message;
    return [
      ...this.#begin(message),
      ...content.flatMap((content_block, index) => [...this.#start({ index, content_block }), ...this.#end({ index })]),
      ...this.#stopping({ delta: { ...(stop_reason !== undefined && { stop_reason }), ...(stop_details !== undefined && { stop_details }) }, ...(usage && { usage }) }),
      ...this.#over(),
    ];
  }

  #begin({ id, model, usage }: WireMessage): readonly Part[] {
    this.#isBegun = true;
    this.#response = { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
    this.#count(usage);
    const warnings = (this.#options.warnings ?? []).map((message): Part => ({ type: "warning", message }));
    return [...warnings, { type: "usage", usage: usageOf(this.#usage) }];
  }

  #start({ index = -1, content_block }: WireEvent): readonly Part[] {
    const block = content_block && contentBlock(content_block, this.#reply);
    if (!block) return this.#leaveOut(content_block?.type);
    this.#blocks.set(index, block);
    this.#hasCalls ||= block.isCall;
    return [...this.#endBareCall(), ...block.begin()];
  }

  #leaveOut(kind = "unknown"): readonly Part[] {
    if (this.#leftOut.has(kind) || this.#leftOut.size === mostKinds) return none;
    this.#leftOut.add(kind);
    return [{ type: "warning", message: `${provider}: the reply has content of the type ${JSON.stringify(kind.slice(0, 80))}, which is left out` }];
  }

  #delta({ index = -1, delta }: WireEvent): readonly Part[] {
    const block = delta && this.#blocks.get(index);
    return block ? block.take(delta) : none;
  }

  #end({ index = -1 }: WireEvent): readonly Part[] {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    const parts = block ? block.end() : none;
    const [call] = parts;
    if (call?.type !== "tool-call" || !isEmpty(call.arguments)) return parts;
    const before = this.#endBareCall();
    this.#bareCall = call;
    return before;
  }

  /** The call that was held back: whole, unless the reply was cut short before its arguments could come. */
  #endBareCall(isCutShort = false): readonly Part[] {
    const call = this.#bareCall;
    this.#bareCall = undefined;
    if (!call) return none;
    const { id, name } = call;
    return [isCutShort ? { type: "tool-call-invalid", id, name, text: "", message: "the reply was cut short before the arguments" } : call];
  }

  #stopping({ delta, usage }: WireEvent): readonly Part[] {
    if (delta) this.#stop = delta;
    this.#count(usage);
    const call = delta?.stop_reason ? this.#endBareCall(reasons.get(delta.stop_reason) !== "tool-calls") : none;
    const explanation = delta?.stop_reason === "refusal" ? delta.stop_details?.explanation : undefined;
    return explanation ? [...call, { type: "refusal-delta", text: explanation }] : call;
  }

  /** The end: blocks that the server did not close end with it. */
  #over(): readonly Part[] {
    if (!this.#isBegun) throw new StageError("unavailable", `${provider}: the reply ends before it has begun`, { reason: "malformed" });
    return [...[...this.#blocks.keys()].flatMap((index) => this.#end({ index })), ...this.#endBareCall(true), this.#finish()];
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

/** Kinds of content of which a reply warns at most. */
const mostKinds = 16;

/** Arguments as they stand where none have come. */
const isEmpty = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** `pause_turn` is of the provider's own tools. */
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
