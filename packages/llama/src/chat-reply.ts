/** The parts of a reply, made of its tokens. */
import type { Part } from "@iftk/inference";
import { type Backend, IncrementalTextDecoder, StopScanner } from "@iftk/inferlet";
import { closeTag, openTag, ReasoningSplitter } from "./reasoning.js";

const none: readonly Part[] = [];

/**
 * Turns tokens into text and reasoning parts.
 *
 * Text is never cut inside a character, and what may be the beginning of a stop text is held back
 * until it is certain. Stop texts are looked for in the text alone, not in the reasoning.
 */
export class ChatReply {
  readonly #backend: Backend;
  readonly #decoder = new IncrementalTextDecoder();
  readonly #splitter: ReasoningSplitter;
  readonly #scanner: StopScanner;
  readonly #openToken: number;
  readonly #closeToken: number;
  #parts: Part[] | undefined;

  /** @param prompt the text that the model goes on from: it may have opened the reasoning itself */
  constructor(backend: Backend, prompt: string, stops: readonly string[]) {
    this.#backend = backend;
    this.#scanner = new StopScanner(stops);
    this.#openToken = onlyToken(backend, openTag);
    this.#closeToken = onlyToken(backend, closeTag);
    this.#splitter = new ReasoningSplitter((kind, text) => this.#take(kind, text));
    if (prompt.trimEnd().endsWith(openTag)) this.#splitter.open();
  }

  /** Whether a stop text was found: the reply is at its end. */
  get isStopped(): boolean {
    return this.#scanner.found !== undefined;
  }

  /** The parts that are complete with this token. */
  write(token: number): readonly Part[] {
    if (token === this.#openToken || token === this.#closeToken) {
      this.#splitter.write(this.#decoder.end());
      if (token === this.#openToken) this.#splitter.open();
      else this.#splitter.close();
    } else {
      this.#splitter.write(this.#decoder.write(this.#backend.tokenBytes(token)));
    }
    return this.#given();
  }

  /** The parts that were held back. */
  end(): readonly Part[] {
    this.#splitter.write(this.#decoder.end());
    this.#splitter.end();
    this.#push("text-delta", this.#scanner.end());
    return this.#given();
  }

  #take(kind: "text" | "reasoning", text: string): void {
    if (kind === "text") {
      this.#push("text-delta", this.#scanner.write(text));
    } else if (!this.isStopped) {
      this.#push("text-delta", this.#scanner.end());
      this.#push("reasoning-delta", text);
    }
  }

  #push(type: "text-delta" | "reasoning-delta", text: string): void {
    if (text !== "") (this.#parts ??= []).push({ type, text });
  }

  #given(): readonly Part[] {
    const parts = this.#parts;
    this.#parts = undefined;
    return parts ?? none;
  }
}

/** The token that stands for the whole text; -1 when it takes several. */
function onlyToken(backend: Backend, text: string): number {
  const tokens = backend.tokenize(text, { special: true });
  return tokens.length === 1 ? (tokens[0] as number) : -1;
}
