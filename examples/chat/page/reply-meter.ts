/** How fast a reply came: first-token time, tokens per second, thinking time. */
import type { Part } from "@iftk/inference";

/** Measures one reply from the moment it is made; `now` gives milliseconds. */
export class ReplyMeter {
  readonly #now: () => number;
  readonly #began: number;
  #first: number | undefined;
  #last = 0;
  #deltas = 0;
  #counted: number | undefined;
  #thinkingBegan: number | undefined;
  #thinkingEnded: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  /** Takes note of a part as it arrives. */
  mark(part: Part): void {
    const now = this.#now();
    if (part.type === "finish") {
      this.#counted = part.usage.outputTokens;
      this.#thinkingEnded ??= now;
    }
    if (part.type !== "text-delta" && part.type !== "reasoning-delta") return;
    this.#first ??= now;
    this.#last = now;
    this.#deltas += 1;
    if (part.type === "reasoning-delta") this.#thinkingBegan ??= now;
    else this.#thinkingEnded ??= now;
  }

  /** Seconds of reasoning so far; undefined when there was none. */
  get thinkingSeconds(): number | undefined {
    if (this.#thinkingBegan === undefined) return undefined;
    return ((this.#thinkingEnded ?? this.#last) - this.#thinkingBegan) / 1000;
  }

  /** The figures as short texts for people, as far as they are known. */
  get figures(): string[] {
    if (this.#first === undefined) return [];
    const tokens = this.#counted ?? this.#deltas;
    const isCounted = this.#counted !== undefined;
    const figures = [`${isCounted ? "" : "about "}${tokens} ${tokens === 1 ? "token" : "tokens"}`];
    const rate = this.#rate(tokens, this.#first);
    if (rate !== undefined) figures.push(`${formatted(rate)} tokens/s`);
    figures.push(`first token ${duration(this.#first - this.#began)}`);
    return figures;
  }

  /** Tokens per second after the first; a reply that came in a burst is measured from its request on, for arrival says nothing of making. */
  #rate(tokens: number, first: number): number | undefined {
    const streaming = this.#last - first;
    if (streaming >= shortestStream) return tokens > 1 ? ((tokens - 1) / streaming) * 1000 : undefined;
    const whole = this.#last - this.#began;
    return tokens > 1 && whole > 0 ? (tokens / whole) * 1000 : undefined;
  }
}

/** Milliseconds from first to last token that tell a stream from a burst. */
const shortestStream = 100;

const formatted = (rate: number): string => (rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString("en"));

const duration = (milliseconds: number): string => (milliseconds < 1000 ? `${Math.max(1, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`);
