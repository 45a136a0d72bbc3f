/** A conversation with a model. */
import { pipe, type OutputStream, type Stream } from "@iftk/core";
import { text, type ChatRequest, type Message, type Part } from "@iftk/inference";

export interface ConversationOptions extends Pick<ChatRequest, "temperature" | "maxTokens"> {
  /** What the model is told before all. */
  readonly system?: string | undefined;
}

/** Turns of a conversation, which a reply is added to when it is over, and also as far as it came when it was stopped. */
export class Conversation {
  readonly #ask: OutputStream<ChatRequest, string>;
  readonly #options: ConversationOptions;
  #messages: readonly Message[] = [];

  constructor(chat: OutputStream<ChatRequest, Part>, options: ConversationOptions = {}) {
    this.#ask = pipe(chat, text);
    this.#options = options;
  }

  /** The reply to what the user says, as it comes. A turn that failed before any of its reply came is as if it had not been. */
  async *say(said: string, signal: AbortSignal): Stream<string> {
    const { system, ...parameters } = this.#options;
    const asked: readonly Message[] = [...this.#messages, { role: "user", content: said }];
    const instruction: readonly Message[] = system === undefined ? [] : [{ role: "system", content: system }];
    let reply = "";
    try {
      for await (const piece of this.#ask({ ...parameters, messages: [...instruction, ...asked] }, { signal })) {
        reply += piece;
        yield piece;
      }
    } finally {
      if (reply !== "") this.#messages = [...asked, { role: "assistant", content: reply }];
    }
  }

  /** Begins anew. */
  clear(): void {
    this.#messages = [];
  }
}
