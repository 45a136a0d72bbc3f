/** What was said so far, and how it is sent to the model. */
import type { ChatRequest, Message } from "@iftk/inference";

/** A prompt and what the model answered to it. */
export interface Turn {
  readonly prompt: string;
  /** The reply as far as it was shown; empty until the first text, and after a failure. */
  reply: string;
}

/** Turns in the order in which they were begun. */
export class Conversation {
  readonly #turns: Turn[] = [];

  get length(): number {
    return this.#turns.length;
  }

  begin(prompt: string): Turn {
    const turn = { prompt, reply: "" };
    this.#turns.push(turn);
    return turn;
  }

  clear(): void {
    this.#turns.length = 0;
  }

  /**
   * The request that has this turn answered: every answered turn before it, then its prompt.
   *
   * A turn without a reply is left out, so that the roles alternate as chat templates expect.
   */
  requestFor(turn: Turn, options: { readonly think: boolean }): ChatRequest {
    const messages: Message[] = options.think ? [{ role: "system", content: "Think step by step." }] : [];
    for (const earlier of this.#turns) {
      if (earlier === turn) break;
      if (earlier.reply) messages.push({ role: "user", content: earlier.prompt }, { role: "assistant", content: earlier.reply });
    }
    messages.push({ role: "user", content: turn.prompt });
    return { messages };
  }
}
