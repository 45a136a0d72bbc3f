/** What was heard, on the page. */
import type { SpeechEvent } from "../detect-speech.js";

/** Bars of the strip: one for each 100 ms. */
const barCount = 100;
/** The level at which a bar has no height. */
const lowest = -60;

/** A moving strip of levels, and a line for each time that somebody spoke. */
export class SpeechView {
  readonly #strip: HTMLElement;
  readonly #list: HTMLElement;
  /** The line of who speaks now. */
  #line: HTMLLIElement | undefined;

  constructor(strip: HTMLElement, list: HTMLElement) {
    this.#strip = strip;
    this.#list = list;
  }

  /** Takes away what an earlier recording left. */
  clear(): void {
    this.#line = undefined;
    this.#strip.replaceChildren();
    this.#list.replaceChildren();
  }

  show(event: SpeechEvent): void {
    if (event.type === "level") this.#addBar(event.level, event.isSpeech);
    else if (event.type === "speech-start") {
      this.#line = document.createElement("li");
      this.#line.dataset["state"] = "speaking";
      this.#line.append(`From ${time(event.at)}`, note("speaking"));
      this.#list.append(this.#line);
    } else if (this.#line) {
      this.#line.dataset["state"] = "done";
      this.#line.replaceChildren(`${time(event.start)} to ${time(event.end)}`, note(`${(event.end - event.start).toFixed(1)} s, ${event.level.toFixed(0).replace("-", "\u2212")} dB`));
      this.#line = undefined;
    }
    this.#line?.scrollIntoView({ block: "nearest" });
  }

  /** Marks the line that nobody will finish. */
  cut(): void {
    if (this.#line) this.#line.dataset["state"] = "cut";
    this.#line?.lastElementChild?.replaceChildren("cut off");
    this.#line = undefined;
  }

  #addBar(level: number, isSpeech: boolean): void {
    const bar = document.createElement("span");
    bar.classList.toggle("is-speech", isSpeech);
    bar.style.setProperty("--height", String(Math.min(1, Math.max(0, 1 - level / lowest))));
    this.#strip.append(bar);
    if (this.#strip.childElementCount > barCount) this.#strip.firstElementChild?.remove();
  }
}

function note(text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "note";
  element.textContent = text;
  return element;
}

/** Minutes and seconds. */
function time(seconds: number): string {
  const rest = (seconds % 60).toFixed(1).padStart(4, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}
