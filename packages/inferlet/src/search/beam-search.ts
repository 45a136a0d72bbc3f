/** The likeliest continuations of a prompt, looked for in breadth. */
import { StageError } from "@iftk/core";
import type { Backend, Sequence } from "../backend.js";
import type { GenerationEnd } from "../generate.js";
import { topLogprobs } from "../sampling/measures.js";

export interface BeamSearchOptions {
  /** Continuations that are kept after each token, at least 1; as many sequences are open at once. */
  readonly width: number;
  /** Tokens of a continuation at most; without it the context is the limit. */
  readonly maxTokens?: number | undefined;
  /**
   * Continuations are compared by their log-probability over their length, the ending token included, to
   * the power of this. 0, the default, compares the log-probabilities and so favours what is short; 1 their means.
   */
  readonly lengthPenalty?: number | undefined;
  /** Aborting it rejects the search with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A continuation that was found. */
export interface Beam {
  /** Without the token that ended it. */
  readonly tokens: readonly number[];
  /** The sum over the tokens, the ending one included. */
  readonly logprob: number;
  /** What the continuations are compared by; higher is better. */
  readonly score: number;
  readonly end: GenerationEnd;
}

/** A continuation that may go on: its parent's sequence, and the token that is not in it yet. */
interface OpenBeam {
  readonly sequence: Sequence;
  readonly input: ArrayLike<number>;
  readonly tokens: readonly number[];
  readonly logprob: number;
  readonly score: number;
}

/**
 * The `width` best continuations that beam search finds, the best first.
 *
 * After each token the best continuations are kept, those that ended among them, and it is over when none of
 * them goes on. All of a step are decoded together; those with the same parent share its past. With a
 * width of all continuations there are, it is an exhaustive search.
 *
 * @throws StageError `invalid_argument` for an option out of its range or an empty prompt; what `forward` throws.
 */
export async function beamSearch(backend: Backend, prompt: ArrayLike<number>, options: BeamSearchOptions): Promise<readonly Beam[]> {
  const { width, maxTokens = Infinity, lengthPenalty = 0, signal } = options;
  if (!(Number.isInteger(width) && width > 0)) throw new StageError("invalid_argument", `width: expected a positive integer, got ${width}`);
  if (!(maxTokens > 0)) throw new StageError("invalid_argument", `maxTokens: expected a positive integer, got ${maxTokens}`);
  if (prompt.length === 0) throw new StageError("invalid_argument", "prompt: expected at least one token");
  signal?.throwIfAborted();

  const sequences = new Set<Sequence>();
  try {
    const first = backend.openSequence();
    sequences.add(first);
    let ended: Beam[] = [];
    let open: OpenBeam[] = [{ sequence: first, input: prompt, tokens: [], logprob: 0, score: 0 }];
    for (let length = 1; open.length > 0; length++) {
      const expanded = await Promise.all(open.map((beam) => expand(beam, length)));
      const best = [...ended, ...expanded.flat()].sort((left, right) => right.score - left.score).slice(0, width);
      ended = best.filter(isEnded);
      open = share(sequences, best.filter(isOpen));
    }
    return ended;
  } finally {
    for (const sequence of sequences) sequence.release();
  }

  /** The best continuations of one, by one token. */
  async function expand(beam: OpenBeam, length: number): Promise<(OpenBeam | Beam)[]> {
    const { sequence, input } = beam;
    const logits = await sequence.forward(input, { signal });
    const isFull = sequence.length >= backend.contextSize;
    return topLogprobs(logits, width).map(({ token, logprob: own }) => {
      const logprob = beam.logprob + own;
      const score = logprob / length ** lengthPenalty;
      if (backend.isEndOfGeneration(token)) return { tokens: beam.tokens, logprob, score, end: { type: "end-token", token } };
      const tokens = [...beam.tokens, token];
      if (length >= maxTokens) return { tokens, logprob, score, end: { type: "max-tokens" } };
      if (isFull) return { tokens, logprob, score, end: { type: "context" } };
      return { tokens, logprob, score, sequence, input: [token] };
    });
  }
}

const isEnded = (beam: OpenBeam | Beam): beam is Beam => "end" in beam;
const isOpen = (beam: OpenBeam | Beam): beam is OpenBeam => !isEnded(beam);

/** Gives each continuation a sequence of its own: the first of a parent goes on in the parent's, the others in forks. */
function share(sequences: Set<Sequence>, beams: readonly OpenBeam[]): OpenBeam[] {
  const parents = new Set(beams.map(({ sequence }) => sequence));
  for (const sequence of sequences) {
    if (parents.has(sequence)) continue;
    sequence.release();
    sequences.delete(sequence);
  }
  return beams.map((beam) => {
    if (parents.delete(beam.sequence)) return beam;
    const sequence = beam.sequence.fork();
    sequences.add(sequence);
    return { ...beam, sequence };
  });
}
