/** One turn on the page: the prompt, the reply, and what is known about it. */
import type { Part } from "@iftk/inference";
import { PacedText } from "./paced-text.js";
import { ReplyMeter } from "./reply-meter.js";

/** What a failed reply says and offers. */
export interface Failure {
  readonly message: string;
  readonly actionLabel: string;
  readonly onAction: () => void;
}

type ReplyState = "waiting" | "streaming" | "done" | "stopped" | "failed";

/** Makes an element that holds text and other elements, never markup. */
function element<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string, ...children: (Node | string)[]): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Shows a turn at the end of the log; `onShown` runs after each change of its height. */
export class TurnView {
  readonly #root: HTMLElement;
  readonly #onShown: () => void;
  #reply: HTMLElement = element("div", "reply");
  #figures: HTMLElement = element("p", "figures");
  #text: PacedText;
  #thoughts: { readonly text: PacedText; readonly summary: HTMLElement; readonly details: HTMLElement } | undefined;
  #meter = new ReplyMeter();

  constructor(log: Element, prompt: string, onShown: () => void) {
    this.#onShown = onShown;
    const heading = element("h2", "visually-hidden", "You");
    this.#root = element("article", "turn", heading, element("div", "message", prompt));
    this.#text = this.begin();
    log.append(this.#root);
    onShown();
  }

  /** The reply's text as far as it is shown. */
  get text(): string {
    return this.#text.shown;
  }

  /** Begins the reply, anew if there was one. */
  begin(): PacedText {
    this.#reply.remove();
    this.#meter = new ReplyMeter();
    this.#thoughts = undefined;
    this.#figures = element("p", "figures");
    const text = element("div", "text");
    this.#text = new PacedText(text, this.#onShown);
    this.#reply = element("div", "reply", element("h2", "visually-hidden", "Reply"), text, this.#figures);
    this.#setState("waiting");
    this.#root.append(this.#reply);
    this.#onShown();
    return this.#text;
  }

  /** Takes a part as it arrives. */
  show(part: Part): void {
    this.#meter.mark(part);
    if (part.type === "reasoning-delta") this.#showThought(part.text);
    if (part.type === "text-delta") {
      this.#endThinking();
      this.#setState("streaming");
      this.#text.append(part.text);
    }
    if (part.type === "warning") this.#note(part.message);
    if (part.type === "finish" && part.reason.unified === "length") this.#note("Ended at the length limit");
  }

  /** Shows at once what still waits for its frame. */
  flush(): void {
    this.#thoughts?.text.flush();
    this.#text.flush();
  }

  /** Resolves when all that arrived is shown. */
  async settled(): Promise<void> {
    await this.#thoughts?.text.settled();
    await this.#text.settled();
  }

  /** Forgets what still waits for its frame. */
  cut(): void {
    this.#thoughts?.text.cut();
    this.#text.cut();
  }

  done(): void {
    this.flush();
    this.#end("done");
  }

  /** Ends the reply where the reader saw it end. */
  stop(): void {
    this.cut();
    this.#end("stopped");
    this.#figures.prepend(element("span", "", "Stopped"));
  }

  fail(failure: Failure): void {
    this.flush();
    this.#end("failed");
    const button = element("button", "", failure.actionLabel);
    button.type = "button";
    button.addEventListener("click", failure.onAction);
    this.#reply.append(element("div", "failure", element("p", "", failure.message), button));
    this.#onShown();
  }

  #end(state: ReplyState): void {
    this.#endThinking();
    this.#setState(state);
    if (state !== "failed") for (const figure of this.#meter.figures) this.#note(figure);
    this.#onShown();
  }

  #setState(state: ReplyState): void {
    this.#reply.dataset["state"] = state;
    this.#reply.ariaBusy = String(state === "waiting" || state === "streaming");
  }

  #note(text: string): void {
    this.#figures.append(element("span", "", text));
  }

  #showThought(text: string): void {
    this.#thoughts ??= this.#beginThinking();
    this.#thoughts.text.append(text);
  }

  #beginThinking(): { text: PacedText; summary: HTMLElement; details: HTMLElement } {
    const thoughts = element("div", "thoughts");
    const summary = element("summary", "", "Thinking…");
    const details = element("details", "reasoning", summary, thoughts);
    this.#reply.querySelector(".text")?.before(details);
    this.#onShown();
    return { text: new PacedText(thoughts, this.#onShown), summary, details };
  }

  #endThinking(): void {
    const seconds = this.#meter.thinkingSeconds;
    if (this.#thoughts && seconds !== undefined) this.#thoughts.summary.textContent = `Thought for ${Math.max(0.1, seconds).toFixed(1)} s`;
  }
}
