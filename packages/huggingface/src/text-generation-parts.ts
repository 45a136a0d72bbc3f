/** The tokens of Text Generation Inference as parts. */
import type { SyncRun } from "@iftk/core";
import type { ChatRequest, Part, TokenLogprob } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import { provider } from "./client.js";
import { failureIn, unexpected } from "./failure.js";
import { reasonOf } from "./finish-reason.js";
import { StopText } from "./stop-text.js";

interface Token {
  readonly text?: string;
  readonly logprob?: number | null;
  /** Whether it stands for no text, such as the end of the sequence. */
  readonly special?: boolean;
}

/** What an event, or a whole reply, may hold. */
interface Generated {
  readonly token?: Token;
  readonly top_tokens?: readonly Token[] | null;
  /** The whole text, in the last event only. */
  readonly generated_text?: string | null;
  readonly details?: {
    readonly finish_reason?: string;
    readonly generated_tokens?: number;
    readonly input_length?: number;
    readonly tokens?: readonly Token[];
    readonly top_tokens?: readonly (readonly Token[])[];
  } | null;
}

/** Whether the event is the terminal mark: within JSON the key cannot stand in a token's text, where its quotes would be escaped. */
export const isLastToken = ({ data }: SseEvent): boolean => /"generated_text"\s*:\s*"/.test(data);

/** Makes parts of the events of one reply; the one with the whole text brings the finish. */
export class TextGenerationParts implements SyncRun<SseEvent, Part> {
  readonly #logprobs: number | undefined;
  readonly #stop: StopText;
  readonly #secrets: readonly string[];

  constructor({ logprobs, stop = [] }: ChatRequest, secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#logprobs = logprobs;
    this.#stop = new StopText(stop);
  }

  take({ data }: SseEvent): readonly Part[] {
    if (data === "" || data === "[DONE]") return [];
    const event = this.#read(parseJson(provider, data));
    const parts = event.token ? this.#tokens([event.token], [event.top_tokens]) : [];
    return typeof event.generated_text === "string" ? [...parts, ...this.#finish(event)] : parts;
  }

  /** All parts of a reply that came as one document. */
  whole(document: unknown): readonly Part[] {
    const reply = this.#read(Array.isArray(document) ? document[0] : document);
    if (typeof reply.generated_text !== "string") throw unexpected("a generated text");
    const { tokens, top_tokens: alternatives = [] } = reply.details ?? {};
    const isTold = this.#logprobs !== undefined && tokens;
    return [...(isTold ? this.#tokens(tokens, alternatives) : this.#text(reply.generated_text)), ...this.#finish(reply)];
  }

  #read(value: unknown): Generated {
    const failure = failureIn(value, this.#secrets);
    if (failure) throw failure;
    if (typeof value !== "object" || value === null) throw unexpected("an event of text generation");
    return value;
  }

  #tokens(tokens: readonly Token[], alternatives: readonly (readonly Token[] | null | undefined)[]): Part[] {
    return tokens.flatMap((token, index) => {
      if (token.special || typeof token.text !== "string") return [];
      return this.#text(token.text, this.#logprobs === undefined ? undefined : logprobOf(token, alternatives[index]));
    });
  }

  #text(text: string, logprob?: TokenLogprob): Part[] {
    const free = this.#stop.add(text);
    if (free === "" && !logprob) return [];
    return [{ type: "text-delta", text: free, ...(logprob && { logprobs: [logprob] }) }];
  }

  #finish({ details }: Generated): readonly Part[] {
    const { finish_reason: raw = "", generated_tokens: outputTokens = 0, input_length: inputTokens } = details ?? {};
    const rest = this.#stop.end();
    const usage = { inputTokens: inputTokens ?? 0, outputTokens, ...((!details || inputTokens === undefined) && { estimated: true }) };
    return [...(rest === "" ? [] : [{ type: "text-delta", text: rest } as const]), { type: "finish", reason: reasonOf(raw), usage }];
  }
}

function logprobOf({ text = "", logprob }: Token, alternatives: readonly Token[] | null | undefined): TokenLogprob {
  return {
    token: text,
    logprob: logprob ?? 0,
    ...(alternatives?.length && { alternatives: alternatives.map((other) => ({ token: other.text ?? "", logprob: other.logprob ?? 0 })) }),
  };
}
