/** Keeps the text at which generation stops out of the reply: servers of text generation give it with the rest. */

/** Holds back what may be the beginning of such a text, which is less than the longest of them; once it was there, nothing more is let through. */
export class StopText {
  readonly #stops: readonly string[];
  readonly #longest: number;
  #held = "";
  #isOver = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
    this.#longest = Math.max(0, ...stops.map(({ length }) => length));
  }

  /** The text that is certain to be part of the reply. */
  add(text: string): string {
    if (this.#longest === 0) return text;
    if (this.#isOver) return "";
    const pending = this.#held + text;
    const found = this.#stops.map((stop) => pending.indexOf(stop)).filter((index) => index >= 0);
    this.#isOver = found.length > 0;
    const from = this.#isOver ? Math.min(...found) : this.#possibleStart(pending);
    this.#held = this.#isOver ? "" : pending.slice(from);
    return pending.slice(0, from);
  }

  /** What was held back and turned out to be no stop. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  #possibleStart(pending: string): number {
    for (let from = Math.max(0, pending.length - this.#longest + 1); from < pending.length; from++) {
      const rest = pending.slice(from);
      if (this.#stops.some((stop) => stop.startsWith(rest))) return from;
    }
    return pending.length;
  }
}
