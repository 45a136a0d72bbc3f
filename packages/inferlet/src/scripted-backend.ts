/** A backend without a model: bytes as tokens, and replies that are written down. */
import { StageError } from "@iftk/core";
import type { AdapterSource, Backend, BackendAdapter, BackendStatistics, ForwardOptions, Sequence } from "./backend.js";
import { readScriptedState, scriptedEmbeddingSize, type ScriptedOwner, ScriptedSequence, type ScriptedState } from "./scripted-sequence.js";

const controls = ["<|im_start|>", "<|im_end|>", "<think>", "</think>"] as const;
const endToken = 257;
const vocabularySize = 256 + controls.length;

export interface ScriptedBackendOptions {
  /** What the model says to a prompt, which is given as text with its control tokens written out. */
  readonly reply: string | ((prompt: string) => string);
  /** Gives the logits after these tokens, one per entry of the vocabulary of 260, in place of a reply. */
  readonly logits?: ((tokens: readonly number[]) => ArrayLike<number>) | undefined;
  /** Tokens that one sequence may hold; 4096 by default. */
  readonly contextSize?: number | undefined;
  /** 64 by default. */
  readonly maximumSequences?: number | undefined;
  readonly chatTemplate?: string | undefined;
}

/**
 * A deterministic backend for tests of what stands on a backend.
 *
 * Tokens 0 to 255 are bytes, above are the control tokens of ChatML and `<think>`. The first pass of a
 * sequence is a prompt. It goes on where no row was wanted of it, and with a single token that is not what
 * the reply begins with; each single token after that brings the reply one token on, whatever token it is.
 * Several tokens in a later pass, and those after a row that was wanted, go on with the reply as far as they
 * are what it says; the rest is a prompt. A reply ends with `<|im_end|>`. A hidden state is the token and how
 * many tokens there are up to it.
 */
export class ScriptedBackend implements Backend {
  readonly name = "scripted";
  readonly vocabularySize = vocabularySize;
  readonly embeddingSize = scriptedEmbeddingSize;
  readonly capabilities = { attention: false, discard: true, adapters: true };
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens = { begin: "", end: "<|im_end|>" };
  readonly chatTemplate: string | undefined;
  readonly #reply: (prompt: string) => string;
  readonly #logits: ScriptedBackendOptions["logits"];
  readonly #open = new Set<Sequence>();
  readonly #adapters = new Map<BackendAdapter, Uint8Array>();
  readonly #counts = { decodes: 0, tokens: 0, pending: 0 };
  #gate: Gate | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor({ reply, logits, contextSize = 4096, maximumSequences = 64, chatTemplate }: ScriptedBackendOptions) {
    this.#logits = logits;
    this.#reply = typeof reply === "string" ? () => reply : reply;
    this.contextSize = contextSize;
    this.maximumSequences = maximumSequences;
    this.chatTemplate = chatTemplate;
  }

  get statistics(): BackendStatistics {
    return { ...this.#counts, sequences: this.#open.size };
  }

  /** From now on passes wait, until `resume`, an abort or a release. */
  hang(): void {
    this.#gate ??= createGate();
  }

  /** Lets the waiting passes go on. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** The next pass rejects with the error. */
  failNext(error: unknown): void {
    this.#failure = { error };
  }

  tokenize(text: string, { special = false }: { readonly special?: boolean } = {}): Int32Array {
    const parts = special ? text.split(/(<\|im_start\|>|<\|im_end\|>|<\/?think>)/) : [text];
    return Int32Array.from(
      parts.flatMap((part, index) => (index % 2 === 1 ? [256 + controls.indexOf(part as (typeof controls)[number])] : [...new TextEncoder().encode(part)])),
    );
  }

  tokenBytes(token: number, { special = false }: { readonly special?: boolean } = {}): Uint8Array {
    if (token < 256) return Uint8Array.of(token);
    return new TextEncoder().encode(special ? controls[token - 256] : "");
  }

  isEndOfGeneration(token: number): boolean {
    return token === endToken;
  }

  openSequence(): Sequence {
    return this.#add({ tokens: [], turns: [] });
  }

  async restoreSequence(bytes: Uint8Array): Promise<Sequence> {
    const state = readScriptedState(bytes);
    if (state.tokens.length > this.contextSize) throw new StageError("resource_exhausted", `${state.tokens.length} tokens do not fit in a context of ${this.contextSize}`);
    return Promise.resolve(this.#add(state));
  }

  /** An adapter of this model is bytes alone, each of which is added to the logit of the token of its place. */
  async loadAdapter(source: AdapterSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BackendAdapter> {
    signal?.throwIfAborted();
    if (!("bytes" in source)) throw new StageError("not_found", "loadAdapter: a scripted model reads no files; give the bytes");
    if (source.bytes.length === 0 || source.bytes.length > vocabularySize) throw new StageError("invalid_argument", `loadAdapter: expected 1 to ${vocabularySize} bytes, got ${source.bytes.length}`);
    const adapter = { name: "scripted", release: () => void this.#adapters.delete(adapter) };
    this.#adapters.set(adapter, source.bytes.slice());
    return Promise.resolve(adapter);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const sequence of this.#open) sequence.release();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(state: ScriptedState): Sequence {
    if (this.#isClosed) throw new StageError("failed_precondition", "the backend is closed");
    if (this.#open.size >= this.maximumSequences) throw new StageError("resource_exhausted", `all ${this.maximumSequences} sequences are open`);
    const sequence = new ScriptedSequence(this.#owner, state);
    this.#open.add(sequence);
    return sequence;
  }

  get #owner(): ScriptedOwner {
    return {
      contextSize: this.contextSize,
      vocabularySize,
      endToken,
      pass: (tokens, signals) => this.#pass(tokens, signals),
      replyTo: (tokens) => (this.#logits !== undefined ? new Int32Array(0) : this.tokenize(this.#reply(this.#text(tokens)), { special: true })),
      write: (logits, tokens, said, options) => this.#write(logits, tokens, said, options),
      fork: (state) => this.#add(state),
      release: (sequence) => this.#open.delete(sequence),
    };
  }

  async #pass(tokens: number, signals: readonly AbortSignal[]): Promise<void> {
    this.#counts.pending++;
    try {
      await waitFor(this.#gate?.promise, signals);
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure) throw failure.error;
    } finally {
      this.#counts.pending--;
    }
    this.#counts.decodes++;
    this.#counts.tokens += tokens;
  }

  #write(logits: Float32Array, tokens: readonly number[], said: number, { adapters = [] }: ForwardOptions): void {
    if (this.#logits === undefined) logits.fill(0)[said] = 40;
    else logits.set(this.#logits(tokens));
    for (const { adapter, scale } of adapters) {
      const bytes = this.#adapters.get(adapter);
      if (bytes === undefined) throw new StageError("invalid_argument", `adapters: ${adapter.name} is not of this backend, or was released`);
      for (const [token, byte] of bytes.entries()) logits[token] = (logits[token] as number) + byte * scale;
    }
  }

  #text(tokens: readonly number[]): string {
    return new TextDecoder().decode(Uint8Array.from(tokens.flatMap((token) => [...this.tokenBytes(token, { special: true })])));
  }
}

interface Gate {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function createGate(): Gate {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Waits for the gate, when there is one, or until one of the signals fires. */
async function waitFor(gate: Promise<void> | undefined, signals: readonly AbortSignal[]): Promise<void> {
  for (const signal of signals) signal.throwIfAborted();
  if (!gate) return;
  const listening = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      for (const signal of signals) signal.addEventListener("abort", () => reject(signal.reason as Error), { signal: listening.signal });
      void gate.then(resolve);
    });
  } finally {
    listening.abort();
  }
}
