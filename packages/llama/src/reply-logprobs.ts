/** How likely the tokens of a reply's text were. */
import type { Part, TokenLogprob } from "@iftk/inference";
import { type Backend, logprobs, type TokenLogprobs } from "@iftk/inferlet";

/** A token that no part has told of yet. */
interface Measured {
  /** Its bytes, a character for each. */
  readonly bytes: string;
  readonly logprob: TokenLogprob;
}

const encoder = new TextEncoder();

/**
 * Measures tokens as they are picked, by the model's own distribution, and puts each on the text part that tells of it.
 *
 * Tokens of reasoning, of calls and of marks are on none.
 */
export class ReplyLogprobs {
  readonly #backend: Backend;
  readonly #alternatives: number;
  #picked: TokenLogprobs | undefined;
  readonly #open: Measured[] = [];
  /** Whether what is open may begin with a mark, or with white space that is passed over. */
  #isAfterMark = true;
  /** What parts have not told yet of a token that is told already. */
  #rest = "";

  /** @param alternatives how many to tell beside each token */
  constructor(backend: Backend, alternatives: number) {
    this.#backend = backend;
    this.#alternatives = alternatives;
  }

  readonly onPick = (logits: Float32Array, token: number): void => {
    this.#picked = logprobs(logits, token, this.#alternatives);
  };

  /** Takes a token that was generated. */
  take(token: number): void {
    const picked = this.#picked;
    this.#picked = undefined;
    if (picked?.token !== token) return;
    const bytes = this.#backend.tokenBytes(token, { special: true });
    const alternatives = picked.alternatives.map((other) => ({ token: this.#textOf(other.token), logprob: other.logprob }));
    this.#open.push({ bytes: latin1(bytes), logprob: { token: this.#textOf(token), logprob: picked.logprob, bytes: [...bytes], ...(this.#alternatives > 0 && { alternatives }) } });
  }

  /** The parts that came with what was taken, with the tokens of their text. */
  told(parts: readonly Part[]): readonly Part[] {
    return parts.map((part, index) => {
      if (part.type === "text-delta") return { ...part, logprobs: this.#of(part.text) };
      // What was before is told; the last token may go on into a text that follows.
      this.#open.splice(0, this.#open.length - (parts.slice(index).some(({ type }) => type === "text-delta") ? 1 : 0));
      this.#rest = "";
      this.#isAfterMark = true;
      return part;
    });
  }

  #of(text: string): readonly TokenLogprob[] {
    const spelled = latin1(encoder.encode(text));
    const joined = this.#rest + this.#open.map(({ bytes }) => bytes).join("");
    const start = this.#isAfterMark ? joined.lastIndexOf(spelled) : joined.indexOf(spelled);
    this.#isAfterMark = false;
    // Bytes that are no text were replaced: then all of it is told.
    const end = start < 0 ? joined.length : start + spelled.length;
    const logprobs: TokenLogprob[] = [];
    let place = this.#rest.length;
    let count = 0;
    for (const { bytes, logprob } of this.#open) {
      if (place >= end) break;
      place += bytes.length;
      count++;
      if (place > start) logprobs.push(logprob);
    }
    this.#open.splice(0, count);
    this.#rest = joined.slice(end, place);
    return logprobs;
  }

  #textOf(token: number): string {
    return new TextDecoder().decode(this.#backend.tokenBytes(token, { special: true }));
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
