/** A sequence that is ahead of what is asked of it. */
import { StageError } from "@iftk/core";
import type { Backend, ForwardOptions, Sequence } from "../backend.js";
import { heard } from "./heard.js";
import type { SpeculationReport, Speculator } from "./speculator.js";

/** Bounds the rows of logits that one pass gives. */
const longestDraft = 64;

export interface DraftedSequenceOptions {
  readonly backend: Backend;
  readonly sequence: Sequence;
  readonly speculator: Speculator;
  /** All tokens of the generation, those of the pass that is asked for included. */
  readonly tokens: readonly number[];
  /** How many tokens may still be generated after those. */
  readonly left: () => number;
  readonly onSpeculation?: ((report: SpeculationReport) => void) | undefined;
}

/**
 * Gives for each pass what the sequence would give, of which some is computed ahead: a pass takes a draft along, and
 * while what follows is what was drafted, its rows are given without another pass (Leviathan et al. 2023, with every
 * token picked from the model's own logits, so that nothing is to be corrected).
 *
 * The sequence may hold more than `length` tokens: as far as it and the tokens that were followed both go, they are the same.
 */
export class DraftedSequence implements Pick<Sequence, "length" | "forward"> {
  readonly #options: DraftedSequenceOptions;
  /** Tokens that were asked for. */
  #length: number;
  /** Tokens of the sequence that are known to be right. */
  #right: number;
  #pass: Pass | undefined;

  constructor(options: DraftedSequenceOptions) {
    this.#options = options;
    this.#length = this.#right = options.sequence.length;
    options.speculator.reset?.();
  }

  get length(): number {
    return this.#length;
  }

  /** Tells which token comes next, before it is asked for in a pass. */
  follow(token: number): void {
    const pass = this.#pass;
    if (pass === undefined) return;
    if (pass.drafted[pass.accepted] === token) {
      pass.accepted++;
      this.#right++;
    } else {
      this.#trim(this.#right);
      this.#report();
    }
  }

  /** @param input the tokens that were followed since the last pass; in the first, the prompt before them */
  async forward(input: ArrayLike<number>, options: ForwardOptions): Promise<Float32Array> {
    const end = this.#length + input.length;
    const known = this.#right === end ? this.#pass?.rows[this.#pass.accepted] : undefined;
    const logits = known ?? (await this.#compute(Array.from(input).slice(this.#right - this.#length), options));
    this.#length = this.#right = end;
    return logits;
  }

  /** Leaves the sequence with the tokens that were asked for. */
  end(): void {
    try {
      this.#trim(this.#length);
    } catch {
      // Of a sequence that was released, or whose backend is closed, nothing is left to be put right.
    }
    this.#report();
  }

  async #compute(input: readonly number[], options: ForwardOptions): Promise<Float32Array> {
    const { sequence, speculator } = this.#options;
    const drafted = await this.#draft(input.length, options.signal);
    const rows = drafted.length === 0 ? undefined : await this.#rows(input, drafted, options);
    if (rows === undefined) {
      const logits = await sequence.forward(input, options);
      this.#pass = { drafted: [], rows: [], accepted: 0 };
      return logits;
    }
    this.#pass = { drafted, rows, accepted: 0 };
    speculator.observe?.(rows);
    return rows[0] as Float32Array;
  }

  /** The logits before the draft and after each of its tokens; nothing where it does not fit among the cells. */
  async #rows(input: readonly number[], draft: readonly number[], options: ForwardOptions): Promise<readonly Float32Array[] | undefined> {
    const rows = Array.from({ length: draft.length + 1 }, (_, row) => input.length - 1 + row);
    try {
      return (await this.#options.sequence.forwardRows([...input, ...draft], { ...options, rows })).logits;
    } catch (error) {
      if (StageError.is(error) && error.code === "resource_exhausted") return undefined;
      throw error;
    }
  }

  async #draft(taken: number, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const { backend, speculator, tokens, left } = this.#options;
    // The last row of the pass gives a token too.
    const most = Math.min(longestDraft, left() - 1, backend.contextSize - this.#right - taken);
    if (most < 1) return [];
    const guess = speculator.draft(tokens, most, { signal });
    const draft = Array.from("then" in guess ? await heard(guess, signal) : guess).slice(0, most);
    const end = draft.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < backend.vocabularySize) || backend.isEndOfGeneration(token));
    return end === -1 ? draft : draft.slice(0, end);
  }

  #trim(length: number): void {
    const { sequence } = this.#options;
    if (sequence.length > length) sequence.trim(length);
  }

  /** Forgets the pass and says what became of its draft. */
  #report(): void {
    const { speculator, onSpeculation } = this.#options;
    if (this.#pass === undefined) return;
    const { drafted, accepted } = this.#pass;
    this.#pass = undefined;
    if (drafted.length > 0) speculator.accept?.(accepted, drafted.length);
    onSpeculation?.({ drafted: drafted.length, accepted });
  }
}

/** A pass of which something may still be given. */
interface Pass {
  readonly drafted: readonly number[];
  /** The logits before the first drafted token, and after each. */
  readonly rows: readonly Float32Array[];
  /** Drafted tokens that came. */
  accepted: number;
}
