/** Telling a model's reasoning from its reply. */
import { StopScanner } from "@iftk/inferlet";

export const openTag = "<think>";
export const closeTag = "</think>";

/** Takes what belongs to the reply, or to the reasoning before it. */
export type OnSplit = (kind: "text" | "reasoning", text: string) => void;

/**
 * Splits what a model writes into reasoning and text.
 *
 * A written `<think>` opens reasoning at the beginning of the reply only, so that a reply may speak of
 * the tag; where the tag is a token of its own, `open` and `close` say so anywhere. White space around
 * reasoning belongs to neither side.
 */
export class ReasoningSplitter {
  readonly #onSplit: OnSplit;
  /** In `start`, what was written so far may still become the opening tag; `skip` drops white space before text. */
  #state: "start" | "reasoning" | "skip" | "text" = "start";
  #opening = "";
  /** White space that is reasoning only if more reasoning follows. */
  #space = "";
  #hasReasoned = false;
  #scanner = new StopScanner([closeTag]);

  constructor(onSplit: OnSplit) {
    this.#onSplit = onSplit;
  }

  /** Reasoning begins here. */
  open(): void {
    if (this.#state !== "start" || this.#opening.trim() !== "") this.#settle();
    this.#opening = "";
    this.#state = "reasoning";
    this.#space = "";
    this.#hasReasoned = false;
    this.#scanner = new StopScanner([closeTag]);
  }

  /** Reasoning ends here; without one that is open, nothing happens. */
  close(): void {
    if (this.#state !== "reasoning") return;
    this.#settle();
    this.#space = "";
    this.#state = "skip";
  }

  write(text: string): void {
    if (text === "") return;
    if (this.#state === "text") this.#onSplit("text", text);
    else if (this.#state === "start") this.#start(text);
    else if (this.#state === "reasoning") this.#reason(text);
    else this.#skip(text);
  }

  /** Gives out what was held back. */
  end(): void {
    this.#settle();
  }

  #start(text: string): void {
    this.#opening += text;
    const written = this.#opening.trimStart();
    if (written.startsWith(openTag)) {
      this.#opening = "";
      this.open();
      this.write(written.slice(openTag.length));
    } else if (!openTag.startsWith(written)) {
      this.#settle();
      this.#state = "text";
    }
  }

  #reason(text: string): void {
    this.#emitReasoning(this.#scanner.write(text));
    if (this.#scanner.found === undefined) return;
    this.#state = "skip";
    this.#space = "";
    this.write(this.#scanner.rest);
  }

  #skip(text: string): void {
    const rest = text.trimStart();
    if (rest === "") return;
    this.#state = "text";
    this.#onSplit("text", rest);
  }

  #emitReasoning(text: string): void {
    if (text === "") return;
    const body = text.trimEnd();
    const space = this.#space;
    if (body === "") {
      this.#space = space + text;
      return;
    }
    this.#space = text.slice(body.length);
    this.#onSplit("reasoning", this.#hasReasoned ? space + body : (space + body).trimStart());
    this.#hasReasoned = true;
  }

  #settle(): void {
    if (this.#state === "start" && this.#opening !== "") {
      const opening = this.#opening;
      this.#opening = "";
      this.#onSplit("text", opening);
    } else if (this.#state === "reasoning") {
      this.#emitReasoning(this.#scanner.end());
    }
  }
}
