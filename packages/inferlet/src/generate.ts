/** Tokens out of a model, one for each that is asked for. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Backend, Sequence } from "./backend.js";
import { Constraint } from "./grammar/constraint.js";
import type { Matcher } from "./grammar/matcher.js";
import type { LogitProcessor } from "./sampling/logit-processor.js";
import { randomSeed, randomSource } from "./sampling/random.js";
import { type Sampler, seedFor } from "./sampling/sampler.js";
import { tokenPicker } from "./sampling/token-picker.js";
import { DraftedSequence } from "./speculation/drafted-sequence.js";
import type { SpeculationReport, Speculator } from "./speculation/speculator.js";

export interface GenerateOptions {
  /** Picks each token. */
  readonly sampler: Sampler;
  /** Change the logits before the sampler sees them, one after another. */
  readonly processors?: readonly LogitProcessor[] | undefined;
  /**
   * Holds what is generated to the grammars of all of these. A generation follows forks of them, from where
   * they are; they themselves stay there.
   */
  readonly constrain?: readonly Matcher[] | undefined;
  /** Takes text that the grammars leave no choice about without asking the model for each token; true by default. */
  readonly jumpForward?: boolean | undefined;
  /** Sees each token that was picked with the logits as the model gave them; what was jumped over is not picked. */
  readonly onPick?: ((logits: Float32Array, token: number) => void) | undefined;
  /** Repeats the tokens of a generation with the same seed, prompt and options; without it the sampler's own seed, or a random one. */
  readonly seed?: number | undefined;
  /** Tokens that the sequence already holds; samplers and processors see them before the prompt. */
  readonly history?: ArrayLike<number> | undefined;
  /** Tokens to yield at most; without it the context is the limit. */
  readonly maxTokens?: number | undefined;
  /** Adapters that its passes apply; none by default. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
  /** Guesses tokens that the model then checks several at a time. The tokens are those that come without it. */
  readonly speculator?: Speculator | undefined;
  /** With a speculator, hears of each pass how much was drafted for it and how much of that came. */
  readonly onSpeculation?: ((report: SpeculationReport) => void) | undefined;
  /** Aborting it rejects the read that is pending, or the next one, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Why no more tokens come: the model ended it with a token, the grammars allow nothing more, or a limit was reached. */
export type GenerationEnd =
  | { readonly type: "end-token"; readonly token: number }
  | { readonly type: "grammar" }
  | { readonly type: "max-tokens" }
  | { readonly type: "context" };

/**
 * Appends the prompt to the sequence and generates from there; returns why it ended.
 *
 * A token is decoded when the next one is asked for, so the sequence lags one token behind what was
 * yielded and the last token is not decoded at all. The token that ends a generation is not yielded.
 * Text that a grammar forces is decoded with the token before it in one pass: until then the sequence
 * lags behind by all of it, and by the prompt where nothing was decoded yet. So wherever a generation ends,
 * is left or fails, the sequence holds a beginning of what it held, the prompt and what was yielded. With a
 * speculator it holds more between two tokens, and in the end what it would hold without; what it holds and
 * what was yielded agree as far as both go. Tokens are the same as far as the backend's logits do not depend
 * on how tokens are shared out among passes. The sequence stays the caller's to release.
 *
 * @throws StageError `invalid_argument` when the prompt is empty or the sampler is not valid;
 * `failed_precondition`, reason `dead-end`, when grammars leave no token; what `forward`, the processors,
 * the sampler and the speculator throw.
 */
export async function* generate(
  backend: Backend,
  sequence: Sequence,
  prompt: ArrayLike<number>,
  { sampler, processors, constrain = [], jumpForward = true, onPick, seed, history = [], maxTokens = Infinity, adapters, speculator, onSpeculation, signal }: GenerateOptions,
): AsyncGenerator<number, GenerationEnd, undefined> {
  if (prompt.length === 0) throw new StageError("invalid_argument", "prompt: expected at least one token");
  signal?.throwIfAborted();
  const constraint = constrain.length === 0 ? undefined : new Constraint(backend, constrain.map((matcher) => matcher.fork()));
  const pick = tokenPicker(sampler, constraint === undefined ? processors : [...(processors ?? []), constraint.mask]);
  const tokens = [...Array.from(history), ...Array.from(prompt)];
  const state = { step: 0, tokens, random: randomSource(seedFor(sampler, seed) ?? randomSeed()) };
  const options = { signal, adapters };
  const next = new Int32Array(1);
  const drafted = speculator && new DraftedSequence({ backend, sequence, speculator, tokens, left: () => maxTokens - state.step, onSpeculation });
  const source = drafted ?? sequence;
  let input = prompt;
  try {
    for (;;) {
      if (constraint !== undefined && jumpForward) {
        const room = Math.min(maxTokens - state.step, backend.contextSize - source.length - input.length);
        const forced = constraint.jump(tokens.at(-1), room);
        if (forced.length > 0) input = Int32Array.of(...Array.from(input), ...forced);
        for (const token of forced) {
          tokens.push(token);
          state.step++;
          drafted?.follow(token);
          yield token;
          signal?.throwIfAborted();
        }
      }
      if (constraint?.isOver === true) return { type: "grammar" };
      if (state.step >= maxTokens) return { type: "max-tokens" };
      if (source.length + input.length > backend.contextSize && state.step > 0) return { type: "context" };
      const logits = await source.forward(input, options);
      const token = pick(logits, state);
      onPick?.(logits, token);
      constraint?.accept(token);
      if (backend.isEndOfGeneration(token)) return { type: "end-token", token };
      tokens.push(token);
      state.step++;
      drafted?.follow(token);
      yield token;
      signal?.throwIfAborted();
      next[0] = token;
      input = next;
    }
  } finally {
    drafted?.end();
  }
}
