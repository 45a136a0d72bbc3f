/** Where in a reply calls begin that are to be held. */
import { type Backend, IncrementalTextDecoder, type ThinkingTags } from "@iftk/inferlet";
import type { CallHold, HeldCall } from "./call-hold.js";

/** Characters in which a mark is looked for: more than any has. */
const longest = 64;

export interface CallMarksOptions {
  readonly thinking: readonly ThinkingTags[];
  /** Whether the reply begins inside thinking. */
  readonly isThinking: boolean;
}

/** Looks for the marks of calls outside of thinking. */
export class CallMarks {
  readonly #backend: Backend;
  readonly #hold: CallHold;
  readonly #thinking: readonly ThinkingTags[];
  readonly #decoder = new IncrementalTextDecoder();
  #isThinking: boolean;
  #isAtStart = true;
  #text = "";

  constructor(backend: Backend, hold: CallHold, { thinking, isThinking }: CallMarksOptions) {
    this.#backend = backend;
    this.#hold = hold;
    this.#thinking = thinking;
    this.#isThinking = isThinking;
  }

  /** How the call goes on that begins with the token, if one does. */
  take(token: number): HeldCall | undefined {
    const { mark } = this.#hold;
    if (mark === undefined) return undefined;
    this.#text += this.#decoder.write(this.#backend.tokenBytes(token, { special: true }));
    while (this.#passThinking(mark));
    if (this.#isThinking) return undefined;
    if (mark === "") return this.#atStart();
    const at = this.#text.indexOf(mark);
    if (at < 0) {
      this.#text = this.#text.slice(-longest);
      return undefined;
    }
    const written = this.#text.slice(at + mark.length);
    this.#text = "";
    return this.#hold.begun(written);
  }

  /** A reply that is a call from its first word on. */
  #atStart(): HeldCall | undefined {
    if (!this.#isAtStart) return undefined;
    const call = this.#hold.begun(this.#text);
    this.#isAtStart = call === undefined && this.#text.trimStart().length < longest;
    return call;
  }

  /** Goes past the next tag of thinking, as long as no mark comes before it. */
  #passThinking(mark: string): boolean {
    const tags = this.#thinking.map(({ open, close }) => (this.#isThinking ? close : open));
    const found = tags.map((tag) => ({ at: this.#text.indexOf(tag), tag })).filter(({ at }) => at >= 0).sort((one, other) => one.at - other.at)[0];
    const call = mark === "" || this.#isThinking ? -1 : this.#text.indexOf(mark);
    if (found === undefined || (call >= 0 && call < found.at)) {
      if (this.#isThinking) this.#text = this.#text.slice(-longest);
      return false;
    }
    this.#isThinking = !this.#isThinking;
    this.#text = this.#text.slice(found.at + found.tag.length);
    return true;
  }
}
