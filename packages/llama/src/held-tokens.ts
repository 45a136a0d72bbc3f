/** The tokens of a reply whose calls are held. */
import { type Backend, generate, type GenerateOptions, type GenerationEnd, type Sequence } from "@iftk/inferlet";
import type { CallHold, HeldCall } from "./call-hold.js";
import { CallMarks, type CallMarksOptions } from "./call-marks.js";
import { seedOf } from "./seed-of.js";

export interface HeldTokensOptions extends CallMarksOptions {
  readonly hold: CallHold;
  /** Whether the reply is at its end with the first call. */
  readonly isOneCall: boolean;
}

/**
 * Generates as `generate` does; a call that is demanded, and each that begins with a mark, is held to the tools.
 *
 * What a format writes between the mark and the name is written for the model.
 */
export async function* heldTokens(backend: Backend, sequence: Sequence, prompt: ArrayLike<number>, { hold, isOneCall, ...marking }: HeldTokensOptions, options: GenerateOptions): AsyncGenerator<number, GenerationEnd, undefined> {
  const { history = [], maxTokens = Infinity, seed } = options;
  const tokens = [...Array.from(history), ...Array.from(prompt)];
  const end = tokens.length + maxTokens;
  const marks = new CallMarks(backend, hold, marking);
  let matcher = hold.demanded?.matcher;
  for (let part = 0; ; part++) {
    const generation = generate(backend, sequence, tokens.slice(sequence.length), {
      ...options,
      history: tokens.slice(0, sequence.length),
      constrain: matcher === undefined ? [] : [matcher],
      seed: seedOf(seed, part),
      maxTokens: end - tokens.length,
    });
    let call: HeldCall | undefined;
    try {
      while (call === undefined) {
        const { done, value } = await generation.next();
        if (done && (value.type !== "grammar" || isOneCall)) return value;
        if (done) break;
        tokens.push(value);
        yield value;
        if (matcher === undefined) call = marks.take(value);
      }
    } finally {
      await generation.return({ type: "grammar" });
    }
    for (const token of call === undefined ? [] : backend.tokenize(call.text)) {
      if (tokens.length >= end) return { type: "max-tokens" };
      tokens.push(token);
      yield token;
    }
    if (tokens.length > backend.contextSize) return { type: "context" };
    matcher = call?.matcher;
  }
}
