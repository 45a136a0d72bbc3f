/** Several continuations of a prompt, and the best of them. */
import { StageError } from "@iftk/core";
import type { Backend, Sequence } from "../backend.js";
import { generate, type GenerateOptions, type GenerationEnd } from "../generate.js";
import { logprobs } from "../sampling/measures.js";
import { randomSeed } from "../sampling/random.js";
import { seedFor } from "../sampling/sampler.js";

/** A continuation that was generated. */
export interface Continuation {
  /** Without the token that ended it. */
  readonly tokens: readonly number[];
  /** The log-probability of each token, by the model's own distribution; that of the ending token comes last. */
  readonly logprobs: readonly number[];
  readonly end: GenerationEnd;
}

/** A continuation with what it was found to be worth. */
export interface ScoredContinuation extends Continuation {
  readonly score: number;
}

export interface BestOfOptions extends GenerateOptions {
  /** Continuations to generate, at least 1; as many sequences are open at once. */
  readonly n: number;
  /** What a continuation is worth, more being better; without it the mean log-probability of its tokens. */
  readonly score?: ((continuation: Continuation) => number | Promise<number>) | undefined;
}

/**
 * `n` continuations of a prompt, the best first, of equals the one generated with the lower seed.
 *
 * The prompt is decoded once and its past is shared; the continuations are decoded together. The seeds
 * count up from the one that is given.
 *
 * @throws StageError `invalid_argument` for an option out of its range; what `generate` and `score` throw.
 */
export async function bestOf(backend: Backend, prompt: ArrayLike<number>, { n, score = meanLogprob, ...options }: BestOfOptions): Promise<readonly ScoredContinuation[]> {
  if (!(Number.isInteger(n) && n > 0)) throw new StageError("invalid_argument", `n: expected a positive integer, got ${n}`);
  const { sampler, history = [], signal } = options;
  const seed = seedFor(sampler, options.seed) ?? randomSeed();
  const tokens = Int32Array.from(prompt);
  const past = tokens.subarray(0, -1);

  const sequences: Sequence[] = [backend.openSequence()];
  try {
    const [first] = sequences as [Sequence];
    if (past.length > 0) await first.forward(past, { signal });
    while (sequences.length < n) sequences.push(first.fork());
    const own = { ...options, history: [...Array.from(history), ...past] };
    const found = await Promise.all(
      sequences.map(async (sequence, index) => {
        const continuation = await continued(backend, sequence, tokens.subarray(past.length), { ...own, seed: (seed + index) % Number.MAX_SAFE_INTEGER });
        return { ...continuation, score: await score(continuation) };
      }),
    );
    return found.sort((left, right) => right.score - left.score);
  } finally {
    for (const sequence of sequences) sequence.release();
  }
}

async function continued(backend: Backend, sequence: Sequence, prompt: ArrayLike<number>, options: GenerateOptions): Promise<Continuation> {
  const tokens: number[] = [];
  const known: number[] = [];
  const generation = generate(backend, sequence, prompt, { ...options, jumpForward: false, onPick: (logits, token) => void known.push(logprobs(logits, token).logprob) });
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return { tokens, logprobs: known, end: value };
    tokens.push(value);
  }
}

function meanLogprob({ logprobs }: Continuation): number {
  return logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
}
