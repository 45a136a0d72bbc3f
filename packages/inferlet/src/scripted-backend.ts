/** A backend without a model: bytes as tokens, and replies that are written down. */
import { StageError } from "@iftk/core";
import type { Backend, BackendStatistics, ForwardOptions, Sequence } from "./backend.js";

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
 * Tokens 0 to 255 are bytes, above are the control tokens of ChatML and `<think>`. A pass of several
 * tokens, and the first of a sequence, is a prompt; each token after it brings the reply one token on,
 * whatever token it is. A reply ends with `<|im_end|>`.
 */
export class ScriptedBackend implements Backend {
  readonly name = "scripted";
  readonly vocabularySize = vocabularySize;
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens = { begin: "", end: "<|im_end|>" };
  readonly chatTemplate: string | undefined;
  readonly #reply: (prompt: string) => string;
  readonly #logits: ScriptedBackendOptions["logits"];
  readonly #open = new Set<ScriptedSequence>();
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
    return this.#add({ tokens: [], logits: new Float32Array(vocabularySize), reply: new Int32Array(0), said: 0 });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const sequence of this.#open) sequence.release();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(state: ScriptedState): ScriptedSequence {
    if (this.#isClosed) throw new StageError("failed_precondition", "the backend is closed");
    if (this.#open.size >= this.maximumSequences) throw new StageError("resource_exhausted", `all ${this.maximumSequences} sequences are open`);
    const sequence: ScriptedSequence = new ScriptedSequence(state, {
      contextSize: this.contextSize,
      forward: (input, signals) => this.#forward(state, input, signals),
      fork: () => this.#add({ ...state, tokens: [...state.tokens], logits: new Float32Array(vocabularySize) }),
      release: () => this.#open.delete(sequence),
    });
    this.#open.add(sequence);
    return sequence;
  }

  async #forward(state: ScriptedState, input: ArrayLike<number>, signals: readonly AbortSignal[]): Promise<Float32Array> {
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
    this.#counts.tokens += input.length;
    const { tokens, logits } = state;
    const isPrompt = input.length > 1 || tokens.length === 0;
    for (let index = 0; index < input.length; index++) tokens.push(input[index] as number);
    if (this.#logits) {
      logits.set(this.#logits(tokens));
      return logits;
    }
    if (isPrompt) {
      state.reply = this.tokenize(this.#reply(this.#text(tokens)), { special: true });
      state.said = 0;
    }
    logits.fill(0);
    logits[state.reply[state.said++] ?? endToken] = 40;
    return logits;
  }

  #text(tokens: readonly number[]): string {
    return new TextDecoder().decode(Uint8Array.from(tokens.flatMap((token) => [...this.tokenBytes(token, { special: true })])));
  }
}

interface ScriptedState {
  readonly tokens: number[];
  readonly logits: Float32Array;
  reply: Int32Array;
  /** Tokens of the reply that were given. */
  said: number;
}

interface Owner {
  readonly contextSize: number;
  readonly forward: (input: ArrayLike<number>, signals: readonly AbortSignal[]) => Promise<Float32Array>;
  readonly fork: () => Sequence;
  readonly release: () => void;
}

class ScriptedSequence implements Sequence {
  readonly #state: ScriptedState;
  readonly #owner: Owner;
  readonly #released = new AbortController();
  #isRunning = false;

  constructor(state: ScriptedState, owner: Owner) {
    this.#state = state;
    this.#owner = owner;
  }

  get length(): number {
    return this.#state.tokens.length;
  }

  async forward(tokens: ArrayLike<number>, { signal }: ForwardOptions = {}): Promise<Float32Array> {
    if (this.#isRunning) throw new StageError("failed_precondition", "a pass of this sequence is running");
    if (tokens.length === 0) throw new StageError("invalid_argument", "tokens: expected at least one");
    const length = this.length + tokens.length;
    if (length > this.#owner.contextSize) throw new StageError("invalid_argument", `${length} tokens do not fit in a context of ${this.#owner.contextSize}`, { reason: "context-length" });
    this.#isRunning = true;
    try {
      return await this.#owner.forward(tokens, signal ? [signal, this.#released.signal] : [this.#released.signal]);
    } finally {
      this.#isRunning = false;
    }
  }

  fork(): Sequence {
    return this.#owner.fork();
  }

  trim(length: number): void {
    const { tokens } = this.#state;
    tokens.length = Math.min(tokens.length, length);
  }

  release(): void {
    this.#released.abort(new StageError("canceled", "the sequence was released"));
    this.#owner.release();
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
