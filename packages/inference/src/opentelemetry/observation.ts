/** What is seen of one call, for its span and the histograms. */
import type { Attributes, Span } from "@opentelemetry/api";
import { StageError } from "@iftk/core";
import { isRollback, type Rollback } from "@iftk/core/interceptors";
import { isContent } from "../is-content.js";
import type { Finish, FinishReason, Part, Usage } from "../part.js";
import { charactersGiven } from "../resilience/estimate-tokens.js";
import type { Instruments } from "./instruments.js";
import { outputMessages, TextLimit } from "./message-content.js";

/** Parts that are kept for the content of a reply. */
const mostKept = 10_000;

/** One call, from its beginning to its end. */
export class Observation {
  readonly #span: Span | undefined;
  readonly #instruments: Instruments;
  readonly #attributes: Attributes;
  readonly #isStreamed: boolean;
  readonly #began = performance.now();
  /** Characters of content to keep; 0 for none. */
  readonly #limit: number;
  readonly #kept: (Part | undefined)[] = [];
  /** Parts that were not kept, after those that were. */
  #left = 0;
  #characters = 0;
  #last: number | undefined;
  #finish: Finish | undefined;
  #usage: Usage | undefined;
  readonly #reasons = new Map<number, FinishReason>();

  constructor(span: Span | undefined, instruments: Instruments, attributes: Attributes, isStreamed: boolean, limit: number) {
    this.#span = span;
    this.#instruments = instruments;
    this.#attributes = attributes;
    this.#isStreamed = isStreamed;
    this.#limit = span?.isRecording() ? limit : 0;
  }

  /** What was ready at once; each content of it is a chunk. */
  take(batch: readonly unknown[]): void {
    const now = this.#isStreamed ? performance.now() : 0;
    for (const value of batch) {
      if (this.#isStreamed && isChunk(value)) this.#chunk(now);
      if (this.#limit > 0) this.#keep(value as Part | Rollback);
      const part = Object(value) as Part | { readonly type?: undefined; readonly usage?: Usage };
      if ((part.type === undefined || part.type === "usage" || part.type === "finish") && part.usage) this.#usage = part.usage;
      if (part.type === "finish") this.#finish = part;
      else if (part.type === "choice-finish") this.#reasons.set(part.choice, part.reason);
    }
  }

  #chunk(now: number): void {
    const { timeToFirstChunk, timePerOutputChunk } = this.#instruments;
    if (this.#last === undefined) {
      const seconds = (now - this.#began) / 1000;
      timeToFirstChunk.record(seconds, this.#attributes);
      this.#span?.setAttribute("gen_ai.response.time_to_first_chunk", seconds);
    } else timePerOutputChunk.record((now - this.#last) / 1000, this.#attributes);
    this.#last = now;
  }

  #keep(value: Part | Rollback): void {
    if (isRollback(value)) {
      const left = Math.min(value.count, this.#left);
      this.#left -= left;
      this.#kept.length = Math.max(0, this.#kept.length - (value.count - left));
    } else if (this.#left > 0 || this.#characters > this.#limit || this.#kept.length >= mostKept) this.#left++;
    else {
      this.#characters += charactersGiven(value);
      this.#kept.push(isText(value) ? value : undefined);
    }
  }

  end(outcome: "end" | "error" | "cancel", error: unknown): void {
    const { response, reason } = this.#finish ?? {};
    const attributes = { ...this.#attributes, ...(response?.model !== undefined && { "gen_ai.response.model": response.model }) };
    const errorType = outcome === "error" ? { "error.type": StageError.from(error).code } : {};
    this.#instruments.duration.record((performance.now() - this.#began) / 1000, { ...attributes, ...errorType });
    const usage = this.#usage?.estimated ? undefined : this.#usage; // what is not known is not to be counted
    if (usage && (usage.inputTokens > 0 || usage.outputTokens > 0)) {
      this.#instruments.tokenUsage.record(usage.inputTokens, { ...attributes, "gen_ai.token.type": "input" });
      this.#instruments.tokenUsage.record(usage.outputTokens, { ...attributes, "gen_ai.token.type": "output" });
    }
    if (!this.#span?.isRecording()) return;
    if (reason && this.#reasons.size === 0) this.#reasons.set(0, reason);
    const reasons = [...this.#reasons].toSorted(([one], [other]) => one - other).map(([, { raw, unified }]) => raw || unified);
    this.#span.setAttributes({
      ...(response?.id !== undefined && { "gen_ai.response.id": response.id }),
      ...(response?.model !== undefined && { "gen_ai.response.model": response.model }),
      ...(reasons.length > 0 && { "gen_ai.response.finish_reasons": reasons }),
      ...(usage && usageAttributes(usage)),
    });
    const content = this.#limit > 0 ? outputMessages(this.#kept.filter((part) => part !== undefined), (choice) => this.#reasons.get(choice), new TextLimit(this.#limit)) : undefined;
    if (content !== undefined) this.#span.setAttribute("gen_ai.output.messages", content);
  }
}

/** Content that came from the provider as such: the end of a reply is none. */
const isChunk = (value: unknown): boolean => {
  const { type } = Object(value) as { readonly type?: unknown };
  return type !== "finish" && type !== "choice-finish" && isContent(value);
};

const isText = ({ type }: Part): boolean => type === "text-delta" || type === "refusal-delta" || type === "reasoning-delta" || type === "tool-call";

function usageAttributes({ inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens, reasoningTokens }: Usage): Attributes {
  return {
    "gen_ai.usage.input_tokens": inputTokens,
    "gen_ai.usage.output_tokens": outputTokens,
    ...(cachedInputTokens !== undefined && { "gen_ai.usage.cache_read.input_tokens": cachedInputTokens }),
    ...(cacheWriteInputTokens !== undefined && { "gen_ai.usage.cache_creation.input_tokens": cacheWriteInputTokens }),
    ...(reasoningTokens !== undefined && { "gen_ai.usage.reasoning.output_tokens": reasoningTokens }),
  };
}
