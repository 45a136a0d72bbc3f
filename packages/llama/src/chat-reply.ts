/** The parts of a reply, made of its tokens. */
import type { Part } from "@iftk/inference";
import { type Backend, callId, Decoder, type Event, type Format, StopScanner } from "@iftk/inferlet";

const none: readonly Part[] = [];

export interface ChatReplyOptions {
  readonly format: Format;
  /** The text that the model goes on from: it may have opened the reasoning itself. */
  readonly prompt: string;
  /** The beginning of the reply, where the prompt has written it. */
  readonly prefix?: string;
  readonly stops: readonly string[];
  /** The tools that the model may call; with none, a call is text. */
  readonly tools: readonly { readonly name: string }[];
  /** Whether the reply is at its end with the first call. */
  readonly isOneCall: boolean;
  /** Calls that the conversation has already. */
  readonly callsBefore: number;
}

/**
 * Turns tokens into text, reasoning and tool call parts.
 *
 * Text is never cut inside a character, and what may be the beginning of a stop text is held back
 * until it is certain. Stop texts are looked for in the text alone, not in reasoning or calls.
 */
export class ChatReply {
  readonly #decoder: Decoder;
  readonly #scanner: StopScanner;
  readonly #isOneCall: boolean;
  #parts: Part[] | undefined;
  /** The call that was begun last. */
  #id = "";
  #begun: number;
  #calls = 0;

  constructor(backend: Backend, { format, prompt, prefix = "", stops, tools, isOneCall, callsBefore }: ChatReplyOptions) {
    this.#scanner = new StopScanner(stops);
    this.#isOneCall = isOneCall;
    this.#begun = callsBefore;
    this.#decoder = new Decoder({ format, prompt, tokens: backend, tools: tools.length > 0 && tools });
    this.#take(this.#decoder.write(prefix));
  }

  /** Calls that were made, also those that are invalid. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether a stop text was found. */
  get isStopped(): boolean {
    return this.#scanner.found !== undefined;
  }

  /** Whether the reply is at its end, whatever else the model would write. */
  get isOver(): boolean {
    return this.isStopped || (this.#isOneCall && this.#calls > 0);
  }

  /** The parts that are complete with this token. */
  write(token: number): readonly Part[] {
    this.#take(this.#decoder.write([token]));
    return this.#given();
  }

  /** The parts that were held back. */
  end(): readonly Part[] {
    this.#take(this.#decoder.end());
    this.#say(this.#scanner.end());
    return this.#given();
  }

  #take(events: readonly Event[]): void {
    for (const event of events) if (!this.isOver) this.#takeOne(event);
  }

  #takeOne(event: Event): void {
    switch (event.type) {
      case "text":
        return this.#say(this.#scanner.write(event.text));
      case "thinking":
        return this.#put({ type: "reasoning-delta", text: event.text });
      case "tool-call-start":
        this.#id = callId(++this.#begun);
        return this.#put({ type: "tool-call-start", id: this.#id, name: event.name ?? "" });
      case "tool-call-delta":
        return this.#put({ type: "tool-call-delta", id: this.#id, arguments: event.text });
      case "tool-call":
        this.#calls++;
        return this.#put({ type: "tool-call", id: this.#id, name: event.name, arguments: event.arguments });
      case "tool-call-invalid":
        this.#calls++;
        return this.#put({ type: "tool-call-invalid", id: this.#id, name: event.name ?? "", text: event.text, message: event.message });
      case "thinking-done":
      case "done":
    }
  }

  #say(text: string): void {
    if (text !== "") (this.#parts ??= []).push({ type: "text-delta", text });
  }

  /** Text that was held back before a part of another kind is no stop text. */
  #put(part: Part): void {
    this.#say(this.#scanner.end());
    (this.#parts ??= []).push(part);
  }

  #given(): readonly Part[] {
    const parts = this.#parts;
    this.#parts = undefined;
    return parts ?? none;
  }
}
