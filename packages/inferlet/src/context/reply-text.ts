/** The text of a generation, up to a stop text. */
import type { Backend } from "../backend.js";
import { StopScanner } from "../stop-strings.js";
import { IncrementalTextDecoder } from "../text-decoder.js";

/** Turns tokens into text that never ends inside a character, nor in what may be the beginning of a stop text. */
export class ReplyText {
  readonly #backend: Backend;
  readonly #decoder = new IncrementalTextDecoder();
  readonly #scanner: StopScanner;

  constructor(backend: Backend, stops: readonly string[]) {
    this.#backend = backend;
    this.#scanner = new StopScanner(stops);
  }

  /** The stop text that was found. */
  get stop(): string | undefined {
    return this.#scanner.found;
  }

  /** The text that is certain with this token. */
  write(token: number): string {
    return this.#scanner.write(this.#decoder.write(this.#backend.tokenBytes(token)));
  }

  /** The text that was held back. */
  end(): string {
    return this.#scanner.write(this.#decoder.end()) + this.#scanner.end();
  }
}
