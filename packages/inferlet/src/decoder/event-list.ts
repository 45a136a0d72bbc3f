/** The events of a reply as its reader finds them. */
import type { Event, ToolCallDeltaEvent, ToolCallEvent, ToolCallInvalidEvent, ToolCallStartEvent } from "./event.js";

/** Takes what a reader finds in a reply. */
export interface EventSink {
  text(text: string): void;
  /** A piece of thinking; white space at both ends of a block is left out. */
  thinking(text: string): void;
  /** The block of thinking is at its end. Of one that was empty nothing is told. */
  endThinking(): void;
  call(event: ToolCallStartEvent | ToolCallDeltaEvent | ToolCallEvent | ToolCallInvalidEvent): void;
}

const none: readonly Event[] = [];

/** Collects events until they are taken; neighbouring pieces of text become one. */
export class EventList implements EventSink {
  #events: Event[] | undefined;
  #kind: "text" | "thinking" | undefined;
  #piece = "";
  #said = "";
  #thought = "";
  /** White space that is thinking only if more thinking follows. */
  #space = "";

  /** All that was said. */
  get said(): string {
    return this.#said;
  }

  text(text: string): void {
    if (text === "") return;
    this.#said += text;
    this.#add("text", text);
  }

  thinking(text: string): void {
    const body = text.trimEnd();
    if (body === "") {
      if (this.#thought !== "") this.#space += text;
      return;
    }
    const piece = this.#thought === "" ? body.trimStart() : this.#space + body;
    this.#space = text.slice(body.length);
    this.#thought += piece;
    this.#add("thinking", piece);
  }

  endThinking(): void {
    const text = this.#thought;
    this.#thought = "";
    this.#space = "";
    if (text !== "") this.#push({ type: "thinking-done", text });
  }

  call(event: ToolCallStartEvent | ToolCallDeltaEvent | ToolCallEvent | ToolCallInvalidEvent): void {
    this.#push(event);
  }

  /** What was found since the last time. */
  take(): readonly Event[] {
    if (this.#events === undefined && this.#kind === undefined) return none;
    this.#flush();
    const events = this.#events ?? none;
    this.#events = undefined;
    return events;
  }

  #add(kind: "text" | "thinking", text: string): void {
    if (this.#kind === kind) {
      this.#piece += text;
      return;
    }
    this.#flush();
    this.#kind = kind;
    this.#piece = text;
  }

  #push(event: Event): void {
    this.#flush();
    (this.#events ??= []).push(event);
  }

  #flush(): void {
    if (this.#kind === undefined) return;
    (this.#events ??= []).push({ type: this.#kind, text: this.#piece });
    this.#kind = undefined;
  }
}
