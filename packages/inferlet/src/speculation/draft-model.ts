/** Drafts out of a smaller model. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Backend, Sequence } from "../backend.js";
import { commonPrefix } from "../prefix-cache/common-prefix.js";
import { likeliest } from "../sampling/likeliest.js";
import type { DraftOptions, Speculator } from "./speculator.js";

export interface DraftModelOptions {
  /** Tokens of a draft at most, a positive integer; 4 by default. */
  readonly most?: number | undefined;
  /** Adapters of the smaller model. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
}

/** A speculator that holds a sequence of its own. */
export interface DraftModel extends Speculator, Disposable {
  /** Gives its sequence back; it opens another when it is asked for a draft again. Calling it again does nothing. */
  release(): void;
}

/**
 * Drafts what another model, with the same vocabulary, finds likeliest (Leviathan et al. 2023; Chen et al. 2023).
 *
 * Its sequence follows the generation: what both hold is kept, what was drafted in vain is dropped. A text that does
 * not fit in the context of the smaller model has no draft. Whoever makes one releases it, or lets `using` do so.
 *
 * @throws StageError `invalid_argument` for an option out of its range. Drafting throws what the passes of the model throw.
 */
export function draftModel(backend: Backend, { most = 4, adapters }: DraftModelOptions = {}): DraftModel {
  if (!(Number.isInteger(most) && most > 0)) throw new StageError("invalid_argument", `draftModel: most: expected a positive integer, got ${most}`);
  return new OwnSequence(backend, most, adapters);
}

class OwnSequence implements DraftModel {
  readonly #backend: Backend;
  readonly #most: number;
  readonly #adapters: readonly AppliedAdapter[] | undefined;
  #sequence: Sequence | undefined;
  /** What the sequence holds. */
  #held: number[] = [];

  constructor(backend: Backend, most: number, adapters: readonly AppliedAdapter[] | undefined) {
    this.#backend = backend;
    this.#most = most;
    this.#adapters = adapters;
  }

  async draft(tokens: readonly number[], most: number, { signal }: DraftOptions): Promise<readonly number[]> {
    const { contextSize } = this.#backend;
    // The last drafted token is not decoded.
    const count = Math.min(this.#most, most, contextSize - tokens.length + 1);
    if (count < 1) return [];
    const sequence = (this.#sequence ??= this.#backend.openSequence());
    this.#cut(sequence, commonPrefix(this.#held, tokens, tokens.length - 1));
    const draft: number[] = [];
    let input = tokens.slice(this.#held.length);
    for (;;) {
      const logits = await sequence.forward(input, { signal, adapters: this.#adapters });
      this.#held.push(...input);
      const token = likeliest(logits);
      if (this.#backend.isEndOfGeneration(token)) return draft;
      draft.push(token);
      if (draft.length === count) return draft;
      input = [token];
    }
  }

  release(): void {
    this.#sequence?.release();
    this.#sequence = undefined;
    this.#held = [];
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #cut(sequence: Sequence, length: number): void {
    if (sequence.length > length) sequence.trim(length);
    this.#held.length = length;
  }
}
