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

/** What a backend can do beside decoding; what it cannot is refused with `unimplemented`, reason `backend`. */
export interface BackendCapabilities {
  /** `positions` and `attention` of a pass. */
  readonly attention: boolean;
  /** `discard`. */
  readonly discard: boolean;
  /** Low-rank adapters. */
  readonly adapters: boolean;
}

/** A low-rank adapter that a backend holds. */
export interface BackendAdapter {
  readonly name: string;
  /** Gives its memory back; passes that use it must be over. Calling it again does nothing. */
  release(): void;
}

/** An adapter and the factor by which its change of the weights is multiplied: 0 is without it, 1 as it was trained. */
export interface AppliedAdapter {
  readonly adapter: BackendAdapter;
  readonly scale: number;
}

/** A GGUF file of an adapter, by its path or its bytes. */
export type AdapterSource = { readonly path: string } | { readonly bytes: Uint8Array };

export interface ForwardOptions {
  /** Aborting it rejects the call with the signal's reason; the sequence keeps its former length. */
  readonly signal?: AbortSignal | undefined;
  /** Adapters that this pass adds to the weights; none by default. What the sequence holds stays as it was computed. */
  readonly adapters?: readonly AppliedAdapter[] | undefined;
}

export interface RowsOptions extends ForwardOptions {
  /** Indices into the tokens of the pass, ascending, after which the output is wanted; all of them by default, none is fine. */
  readonly rows?: ArrayLike<number> | undefined;
  /** What is wanted of each row: `logits` by default. */
  readonly want?: "logits" | "embeddings" | "both" | undefined;
  /** Position of each token as the model counts them, 0 or more; one after another by default. Needs the capability `attention`. */
  readonly positions?: ArrayLike<number> | undefined;
  /**
   * For each token which tokens it attends to, by their place in the sequence: an entry for each that is held
   * and each of the pass, not 0 where it may. What comes later, and itself, may be among them. By default all
   * before it and itself. Needs the capability `attention`.
   */
  readonly attention?: readonly Uint8Array[] | undefined;
}

/** What a pass gives for the rows that were asked for, in their order; the arrays are the caller's own. */
export interface ForwardRows {
  /** One per vocabulary entry; empty unless they are wanted. */
  readonly logits: readonly Float32Array[];
  /** The hidden state that the logits are made of, after its normalization; empty unless wanted. */
  readonly embeddings: readonly Float32Array[];
}

/**
 * A run of tokens whose keys and values the backend holds.
 *
 * One forward pass at a time: a second call, and a change of the sequence, before the first settles is `failed_precondition`.
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
  /**
   * Appends at least one token and gives what is wanted of the rows.
   *
   * @throws as `forward` does; StageError `invalid_argument` for rows, positions or masks that cannot be.
   */
  forwardRows(tokens: ArrayLike<number>, options?: RowsOptions): Promise<ForwardRows>;
  /** A second sequence with the same tokens; the cells are shared, nothing is computed again. */
  fork(): Sequence;
  /** Drops the tokens from position `length` on. */
  trim(length: number): void;
  /**
   * Drops the tokens from `start` up to before `end`, wherever they are; those after them move down, with the positions that the model
   * counts. Forks keep what they have.
   *
   * @throws StageError `unimplemented`, reason `backend`, without the capability `discard`.
   */
  discard(start: number, end: number): Promise<void>;
  /** The keys and values as bytes, from which `restoreSequence` of the same model makes a sequence again. */
  save(): Promise<Uint8Array>;
  /** Gives the cells back. A pass that still runs for it is given up. Calling it again does nothing. */
  release(): void;
}

/** A loaded model: the floor on which samplers, generation and chat stand. */
export interface Backend extends AsyncDisposable {
  /** Name from the model file, for people to read. */
  readonly name: string;
  readonly vocabularySize: number;
  /** Numbers of a hidden state. */
  readonly embeddingSize: number;
  readonly capabilities: BackendCapabilities;
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
  /**
   * A sequence out of what `save` gave, without a pass.
   *
   * @throws StageError `invalid_argument`, reason `state`, for bytes that are damaged or of another model, and then nothing is
   * open; `resource_exhausted` as `openSequence`, and when its cells do not fit.
   */
  restoreSequence(state: Uint8Array): Promise<Sequence>;
  /**
   * Loads an adapter for this model.
   *
   * @throws StageError `not_found` and `invalid_argument` for a file that is missing, damaged or of another model; `unimplemented`,
   * reason `backend`, without the capability `adapters`.
   */
  loadAdapter(source: AdapterSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<BackendAdapter>;
  /** Stops what runs, rejects what waits and frees the model. Calling it again does nothing. */
  close(): Promise<void>;
}
