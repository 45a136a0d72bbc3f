/** What a context generates, read as tokens or as text. */
import { collect, StageError, type Stream } from "@iftk/core";
import type { Backend } from "../backend.js";
import type { TextEnd } from "../generate-events.js";
import { ReplyText } from "./reply-text.js";

/** Tokens as they are generated, and why no more come. */
export type TokenGeneration = AsyncGenerator<number, TextEnd, undefined>;

/**
 * One generation, which begins when it is read and goes on as it is; leaving it leaves the context where it stands.
 *
 * It is read once, in one of its ways; a second reading is StageError `failed_precondition`. Tokens of a stop text are among the
 * tokens, and are not in the text.
 */
export class TokenStream implements Stream<number> {
  readonly #start: () => TokenGeneration;
  readonly #backend: Backend;
  readonly #stops: readonly string[];
  #isStarted = false;
  #end: TextEnd | undefined;

  constructor(backend: Backend, stops: readonly string[], start: () => TokenGeneration) {
    this.#backend = backend;
    this.#stops = stops;
    this.#start = start;
  }

  /** Why no more came, once it is at its end. */
  get end(): TextEnd | undefined {
    return this.#end;
  }

  [Symbol.asyncIterator](): AsyncGenerator<number, void, undefined> {
    return this.#read(this.#stops);
  }

  /** The text as it becomes certain. */
  async *texts(): AsyncGenerator<string, void, undefined> {
    const reply = new ReplyText(this.#backend, this.#stops);
    for await (const token of this.#read([])) {
      const text = reply.write(token);
      if (text !== "") yield text;
      if (reply.stop === undefined) continue;
      this.#end = { type: "stop-text", text: reply.stop };
      return;
    }
    const rest = reply.end();
    if (rest !== "") yield rest;
  }

  /** All of the text. */
  async text(): Promise<string> {
    return (await collect(this.texts())).join("");
  }

  /** All of the tokens. */
  tokens(): Promise<readonly number[]> {
    return collect(this);
  }

  async *#read(stops: readonly string[]): AsyncGenerator<number, void, undefined> {
    if (this.#isStarted) throw new StageError("failed_precondition", "generation: it was read already; generate anew, or keep what is read");
    this.#isStarted = true;
    const reply = stops.length === 0 ? undefined : new ReplyText(this.#backend, stops);
    const generation = this.#start();
    try {
      for (;;) {
        const { done, value } = await generation.next();
        if (done) {
          this.#end = value;
          return;
        }
        reply?.write(value);
        yield value;
        if (reply?.stop === undefined) continue;
        this.#end = { type: "stop-text", text: reply.stop };
        return;
      }
    } finally {
      await generation.return({ type: "max-tokens" });
    }
  }
}
