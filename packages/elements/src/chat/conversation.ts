/** Conversations, whose turns follow each other in order. */
import { StageError } from "@iftk/core";
import { contentOf, type Message } from "@iftk/inference";

/** Turns so far. A turn that may not come next is refused and changes nothing. */
export class Conversation {
  readonly #most: number;
  #messages: Message[] = [];
  /** Calls that were not answered yet. */
  #open: string[] = [];

  /** @throws StageError as `add` does. */
  constructor(messages: readonly Message[], most: number) {
    this.#most = most;
    this.replace(messages);
  }

  get messages(): readonly Message[] {
    return [...this.#messages];
  }

  /** Whether it is the model's turn. */
  get isOpen(): boolean {
    const last = this.#messages.at(-1)?.role;
    return this.#open.length === 0 && (last === "user" || last === "tool");
  }

  /**
   * Adds a turn. The system speaks first if at all, then the user; user and assistant take turns; calls of tools are
   * answered, each once, before the assistant goes on.
   *
   * @throws StageError `invalid_argument`, reason `turn-order`, that says whose turn it is, and `resource_exhausted` for one too many.
   */
  add(message: Message): void {
    const expected = this.#expected();
    if (!expected.includes(message.role)) throw this.#wrong(`a turn of the ${message.role} cannot follow ${this.#before()}; expected one of the ${expected.join(" or the ")}`);
    if (this.#messages.length >= this.#most) throw new StageError("resource_exhausted", `conversation: it has ${this.#most} turns already; begin a new one, or raise maximum`, { reason: "too-large" });
    if (message.role === "tool") this.#answer(message.toolCallId);
    if (message.role === "assistant") this.#open = contentOf(message).flatMap((content) => (content.type === "tool-call" ? [content.id] : []));
    this.#messages.push(message);
  }

  /** Puts another conversation in the place of this one. */
  replace(messages: readonly Message[]): void {
    const [before, open] = [this.#messages, this.#open];
    this.#messages = [];
    this.#open = [];
    try {
      for (const message of messages) this.add(message);
    } catch (error) {
      this.#messages = before;
      this.#open = open;
      throw error;
    }
  }

  /** Forgets the oldest turns of the user, each with all that came of it, until there are no more than so many beside the system's; the last one stays. */
  forget(most: number): void {
    const isTold = this.#messages[0]?.role === "system";
    const turns = isTold ? this.#messages.slice(1) : this.#messages;
    let begin = 0;
    while (turns.length - begin > most) {
      const next = turns.findIndex(({ role }, index) => index > begin && role === "user");
      if (next < 0) break;
      begin = next;
    }
    if (begin > 0) this.#messages = [...(isTold ? this.#messages.slice(0, 1) : []), ...turns.slice(begin)];
  }

  #expected(): readonly Message["role"][] {
    if (this.#open.length > 0) return ["tool"];
    const last = this.#messages.at(-1)?.role;
    if (last === undefined) return ["system", "user"];
    return last === "system" || last === "assistant" ? ["user"] : ["assistant"];
  }

  #before(): string {
    const last = this.#messages.at(-1)?.role;
    if (last === undefined) return "the beginning";
    return this.#open.length > 0 ? "a call of a tool" : `one of the ${last}`;
  }

  #answer(id: string | undefined): void {
    const at = id === undefined ? 0 : this.#open.indexOf(id);
    if (at < 0) throw this.#wrong(`no call ${JSON.stringify(id)} waits for a result`);
    this.#open.splice(at, 1);
  }

  #wrong(what: string): StageError {
    return new StageError("invalid_argument", `conversation: turn ${this.#messages.length + 1}: ${what}`, { reason: "turn-order" });
  }
}
