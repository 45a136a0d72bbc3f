/** Drafts out of the last pass, until they stand still. */
import { StageError } from "@iftk/core";
import type { Backend, Sequence } from "../backend.js";
import { generate, type GenerateOptions, type GenerationEnd } from "../generate.js";
import { Sampler } from "../sampling/sampler.js";
import type { SpeculationReport, Speculator } from "./speculator.js";

export interface JacobiOptions {
  /** Tokens that are guessed at once, a positive integer; 8 by default. */
  readonly window?: number | undefined;
}

/**
 * Drafts for every place of a window what the model found likeliest there in the pass before, whatever it had
 * before it then: Jacobi decoding (Santilli et al. 2023).
 *
 * Places settle from the first on, one at least with each pass. The first guess repeats the last token. It needs no second model.
 *
 * @throws StageError `invalid_argument` for an option out of its range.
 */
export function jacobi({ window = 8 }: JacobiOptions = {}): Speculator {
  if (!(Number.isInteger(window) && window > 0)) throw new StageError("invalid_argument", `jacobi: window: expected a positive integer, got ${window}`);
  /** What the last pass gave for the places from `start` on. */
  let found: readonly number[] = [];
  let start = 0;
  return {
    reset() {
      found = [];
    },
    draft(tokens, most) {
      const known = found.slice(tokens.length - start);
      start = tokens.length;
      const last = known.at(-1) ?? tokens.at(-1) ?? 0;
      return Array.from({ length: Math.min(window, most) }, (_, index) => known[index] ?? last);
    },
    observe(rows) {
      found = rows.map(highest);
    },
  };
}

/** The first of the highest logits. What is no number is passed over: the place may be none that the model ever gets to. */
function highest(logits: Float32Array): number {
  let token = 0;
  for (let index = 1; index < logits.length; index++) if ((logits[index] as number) > (logits[token] as number)) token = index;
  return token;
}

/** Why a generation by Jacobi decoding ended, and what it took. */
export interface JacobiEnd {
  readonly end: GenerationEnd;
  /** Passes of the model, each of which gave one token or more. */
  readonly passes: number;
}

export interface JacobiDecodeOptions extends JacobiOptions, Omit<GenerateOptions, "sampler" | "speculator" | "seed"> {}

/**
 * Generates what greedy generation would, in fewer passes; returns why it ended and how many there were.
 *
 * The options are those of `generate`, and so is what it throws.
 */
export async function* jacobiDecode(
  backend: Backend,
  sequence: Sequence,
  prompt: ArrayLike<number>,
  { window, onSpeculation, ...options }: JacobiDecodeOptions = {},
): AsyncGenerator<number, JacobiEnd, undefined> {
  let passes = 0;
  const count = (report: SpeculationReport): void => {
    passes++;
    onSpeculation?.(report);
  };
  const end = yield* generate(backend, sequence, prompt, { ...options, sampler: Sampler.greedy(), speculator: jacobi({ window }), onSpeculation: count });
  return { end, passes };
}
