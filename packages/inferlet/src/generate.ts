/** Tokens out of a model, one for each that is asked for. */
import { StageError } from "@iftk/core";
import type { Backend, Sequence } from "./backend.js";
import type { Sampler } from "./sampler.js";

export interface GenerateOptions {
  readonly sampler: Sampler;
  /** Tokens to yield at most; without it the context is the limit. */
  readonly maxTokens?: number | undefined;
  /** Aborting it rejects the read that is pending, or the next one, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Why no more tokens come: the model ended it with a token, or a limit was reached. */
export type GenerationEnd = { readonly type: "end-token"; readonly token: number } | { readonly type: "max-tokens" } | { readonly type: "context" };

/**
 * Appends the prompt to the sequence and generates from there; returns why it ended.
 *
 * A token is decoded when the next one is asked for, so the sequence lags one token behind what was
 * yielded and the last token is not decoded at all. The token that ends a generation is not yielded.
 * The sequence stays the caller's to release.
 *
 * @throws StageError `invalid_argument` when the prompt is empty; what `forward` and the sampler throw.
 */
export async function* generate(
  backend: Backend,
  sequence: Sequence,
  prompt: ArrayLike<number>,
  { sampler, maxTokens = Infinity, signal }: GenerateOptions,
): AsyncGenerator<number, GenerationEnd, undefined> {
  if (prompt.length === 0) throw new StageError("invalid_argument", "prompt: expected at least one token");
  signal?.throwIfAborted();
  const options = { signal };
  const step = new Int32Array(1);
  let input = prompt;
  for (let count = 0; count < maxTokens; count++) {
    if (sequence.length + input.length > backend.contextSize && count > 0) return { type: "context" };
    const token = sampler(await sequence.forward(input, options));
    if (backend.isEndOfGeneration(token)) return { type: "end-token", token };
    yield token;
    signal?.throwIfAborted();
    step[0] = token;
    input = step;
  }
  return { type: "max-tokens" };
}
