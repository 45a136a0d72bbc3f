/** Text out of a model, with what is known of each token. */
import type { Backend, Sequence } from "./backend.js";
import { generate, type GenerateOptions, type GenerationEnd } from "./generate.js";
import { logprobs, type TokenLogprobs } from "./sampling/measures.js";
import { StopScanner } from "./stop-strings.js";
import { IncrementalTextDecoder } from "./text-decoder.js";

export interface GenerateEventsOptions extends GenerateOptions {
  /** Texts at which the generation ends, each of at least one character; they are not part of the text. */
  readonly stop?: readonly string[] | undefined;
  /**
   * Tells the log-probability of each token and so many alternatives, by the model's own distribution:
   * before processors and temperature. 0 tells that of the token alone.
   */
  readonly logprobs?: number | undefined;
}

/** Why no more text comes. */
export type TextEnd = GenerationEnd | { readonly type: "stop-text"; readonly text: string };

/** A piece of text with the tokens that were generated for it, or, as the last event, why no more comes. */
export type GenerationEvent =
  | { readonly type: "text"; readonly text: string; readonly tokens: readonly number[]; readonly logprobs?: readonly TokenLogprobs[] }
  | { readonly type: "done"; readonly end: TextEnd };

/**
 * Generates as `generate` does and gives the text of the tokens as soon as it is certain.
 *
 * Text is never cut inside a character, and what may be the beginning of a stop text is held back with
 * its tokens. Each token comes with exactly one event, those of a stop text with the last; bytes that
 * end inside a character leave U+FFFD. `done` comes last, and only when nothing failed.
 */
export async function* generateEvents(
  backend: Backend,
  sequence: Sequence,
  prompt: ArrayLike<number>,
  { stop = [], logprobs: alternatives, ...options }: GenerateEventsOptions,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const decoder = new IncrementalTextDecoder();
  const scanner = new StopScanner(stop);
  let tokens: number[] = [];
  const known: TokenLogprobs[] = [];
  const told = (text: string): GenerationEvent => {
    const given = tokens;
    tokens = [];
    // The token that ends a generation is measured too, and is none of those given.
    return { type: "text", text, tokens: given, ...(alternatives === undefined ? {} : { logprobs: known.splice(0, given.length) }) };
  };

  const measured = alternatives === undefined ? options : { ...options, jumpForward: false, onPick: (logits: Float32Array, token: number) => void known.push(logprobs(logits, token, alternatives)) };
  const generation = generate(backend, sequence, prompt, measured);
  let end: TextEnd;
  try {
    for (;;) {
      const { done, value } = await generation.next();
      if (done) {
        end = value;
        break;
      }
      tokens.push(value);
      const text = scanner.write(decoder.write(backend.tokenBytes(value)));
      if (scanner.found !== undefined) {
        end = { type: "stop-text", text: scanner.found };
        yield told(text);
        break;
      }
      if (text !== "") yield told(text);
    }
  } finally {
    await generation.return({ type: "max-tokens" });
  }
  const rest = scanner.write(decoder.end()) + scanner.end();
  if (rest !== "" || tokens.length > 0) yield told(rest);
  yield { type: "done", end };
}
