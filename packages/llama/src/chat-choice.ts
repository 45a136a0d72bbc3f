/** One of the replies to a request, while it is generated. */
import type { FinishReason, Part } from "@iftk/inference";
import type { Backend, GenerationEnd } from "@iftk/inferlet";
import type { ChatReply } from "./chat-reply.js";
import type { ReplyLogprobs } from "./reply-logprobs.js";

export interface ChatChoiceOptions {
  /** Which of the replies it is. */
  readonly index: number;
  readonly tokens: AsyncGenerator<number, GenerationEnd, undefined>;
  readonly reply: ChatReply;
  readonly logprobs: ReplyLogprobs | undefined;
}

export class ChatChoice {
  readonly index: number;
  /** The tokens that were generated. */
  readonly tokens: number[] = [];
  readonly #options: ChatChoiceOptions;
  #end: GenerationEnd | undefined;
  #isOver = false;

  constructor(options: ChatChoiceOptions) {
    this.index = options.index;
    this.#options = options;
  }

  /** Whether the reply is at its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The parts that come with the next token, or, at the end, those that were held back. */
  async next(): Promise<readonly Part[]> {
    const { tokens, reply, logprobs } = this.#options;
    const result = await tokens.next();
    if (result.done) {
      this.#end = result.value;
      this.#isOver = true;
      return this.#told(reply.end());
    }
    this.tokens.push(result.value);
    logprobs?.take(result.value);
    const parts = this.#told(reply.write(result.value));
    if (!reply.isOver) return parts;
    this.#isOver = true;
    return [...parts, ...this.#told(reply.end())];
  }

  /** Why the reply ended. */
  reason(backend: Backend): FinishReason {
    const { reply } = this.#options;
    const end = this.#end;
    if (reply.isStopped) return { unified: "stop", raw: "stop-text" };
    if (end === undefined || (end.type === "grammar" && reply.calls > 0)) return { unified: "tool-calls", raw: "tool-call" };
    if (end.type === "grammar") return { unified: "stop", raw: "grammar" };
    if (end.type !== "end-token") return { unified: "length", raw: end.type };
    return { unified: reply.calls > 0 ? "tool-calls" : "stop", raw: new TextDecoder().decode(backend.tokenBytes(end.token, { special: true })) };
  }

  #told(parts: readonly Part[]): readonly Part[] {
    const { logprobs } = this.#options;
    const told = logprobs === undefined ? parts : logprobs.told(parts);
    return this.index === 0 ? told : told.map((part) => ({ ...part, choice: this.index }));
  }
}
