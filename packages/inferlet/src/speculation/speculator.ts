/** What guesses the tokens that a model will give. */

export interface DraftOptions {
  /** Aborting it gives the draft up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Guesses how a generation goes on, so that the model checks several tokens in one pass.
 *
 * A guess changes how fast tokens come, never which. One serves one generation at a time.
 */
export interface Speculator {
  /**
   * Tokens that may come next, from the first on; none is fine. What is over `most` is not used, nor what
   * comes after a token that ends a generation or is not of the vocabulary.
   *
   * @param tokens all that the model was told and gave so far; the same array throughout a generation, and it only grows
   * @param most how many are of use, 1 to 64
   */
  draft(tokens: readonly number[], most: number, options: DraftOptions): ArrayLike<number> | Promise<ArrayLike<number>>;
  /**
   * Sees the logits that the model gave after the tokens and after each of the drafted ones, before any of them
   * is checked. The arrays are to be read only.
   */
  observe?(rows: readonly Float32Array[]): void;
  /** Hears how many of the drafted tokens came, once that is certain. */
  accept?(count: number, drafted: number): void;
  /** Hears that a generation begins. */
  reset?(): void;
}

/** What became of the draft of one pass; a pass without a draft has 0 of both. */
export interface SpeculationReport {
  readonly drafted: number;
  readonly accepted: number;
}
