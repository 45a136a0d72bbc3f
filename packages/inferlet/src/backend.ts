/** What a model runtime gives to everything that generates: tokens, forward passes and sequences. */

/** A chat or control token as the vocabulary names it. */
export interface SpecialTokens {
  /** Text of the token that begins a sequence; empty when the model has none. */
  readonly begin: string;
  /** Text of the token that ends a turn; empty when the model has none. */
  readonly end: string;
}

/** Counts since the backend was opened; they only grow, save the gauges. */
export interface BackendStatistics {
  /** Forward passes that ran to their end, each of one shared batch. */
  readonly decodes: number;
  /** Tokens that went through those passes. */
  readonly tokens: number;
  /** Gauge: sequences that are open. */
  readonly sequences: number;
  /** Gauge: forward calls that wait or run. */
  readonly pending: number;
}

export interface ForwardOptions {
  /** Aborting it rejects the call with the signal's reason; the sequence keeps its former length. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A run of tokens whose keys and values the backend holds.
 *
 * One forward pass at a time: a second call before the first settles is `failed_precondition`.
 */
export interface Sequence {
  /** Tokens held. */
  readonly length: number;
  /**
   * Appends at least one token and gives the logits after the last, one per vocabulary entry.
   *
   * The array is a view of the backend's memory: it is valid in the microtasks that follow and
   * overwritten by a later pass, so whoever keeps it copies it.
   *
   * @throws StageError `invalid_argument`, reason `context-length`, when the tokens do not fit;
   * `resource_exhausted` when the cells shared by all sequences are used up.
   */
  forward(tokens: ArrayLike<number>, options?: ForwardOptions): Promise<Float32Array>;
  /** A second sequence with the same tokens; the cells are shared, nothing is computed again. */
  fork(): Sequence;
  /** Drops the tokens from position `length` on. */
  trim(length: number): void;
  /** Gives the cells back. A pass that still runs for it is given up. Calling it again does nothing. */
  release(): void;
}

/** A loaded model: the floor on which samplers, generation and chat stand. */
export interface Backend extends AsyncDisposable {
  /** Name from the model file, for people to read. */
  readonly name: string;
  readonly vocabularySize: number;
  /** Tokens that one sequence may hold. */
  readonly contextSize: number;
  /** Sequences that may be open at once. */
  readonly maximumSequences: number;
  readonly specialTokens: SpecialTokens;
  /** The model's own Jinja chat template, when it has one. */
  readonly chatTemplate: string | undefined;
  readonly statistics: BackendStatistics;
  /** Token identifiers of a text; with `special`, control tokens written in the text are recognised. */
  tokenize(text: string, options?: { readonly special?: boolean }): Int32Array;
  /** The bytes of one token, which may be a part of a character; without `special` a control token has none. */
  tokenBytes(token: number, options?: { readonly special?: boolean }): Uint8Array;
  /** Whether the token ends a generation. */
  isEndOfGeneration(token: number): boolean;
  /** @throws StageError `resource_exhausted` when `maximumSequences` are open. */
  openSequence(): Sequence;
  /** Stops what runs, rejects what waits and frees the model. Calling it again does nothing. */
  close(): Promise<void>;
}
