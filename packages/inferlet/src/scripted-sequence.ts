/** The sequences of a scripted backend. */
import { StageError } from "@iftk/core";
import type { ForwardOptions, ForwardRows, RowsOptions, Sequence } from "./backend.js";

/** A reply that begins after `at` tokens; undefined where a prompt goes on. */
interface Turn {
  readonly at: number;
  readonly reply: Int32Array | undefined;
}

/** What a sequence holds. */
export interface ScriptedState {
  readonly tokens: number[];
  readonly turns: Turn[];
}

/** What a backend does for its sequences. */
export interface ScriptedOwner {
  readonly contextSize: number;
  readonly vocabularySize: number;
  /** Waits while the backend hangs, counts the pass and throws what it is to throw. */
  readonly pass: (tokens: number, signals: readonly AbortSignal[]) => Promise<void>;
  /** The tokens of the reply to what was read. */
  readonly replyTo: (tokens: readonly number[]) => Int32Array;
  /** Writes the logits after the tokens, of which the last is followed by `said` in the script. */
  readonly write: (logits: Float32Array, tokens: readonly number[], said: number, options: ForwardOptions) => void;
  readonly endToken: number;
  readonly fork: (state: ScriptedState) => Sequence;
  readonly release: (sequence: Sequence) => void;
}

/** Numbers of a hidden state: the token and how many there are up to it. */
export const scriptedEmbeddingSize = 2;

export class ScriptedSequence implements Sequence {
  readonly #state: ScriptedState;
  readonly #owner: ScriptedOwner;
  readonly #logits: Float32Array;
  readonly #released = new AbortController();
  #isRunning = false;

  constructor(owner: ScriptedOwner, state: ScriptedState) {
    this.#owner = owner;
    this.#state = state;
    this.#logits = new Float32Array(owner.vocabularySize);
  }

  get length(): number {
    return this.#state.tokens.length;
  }

  async forward(tokens: ArrayLike<number>, options: ForwardOptions = {}): Promise<Float32Array> {
    await this.#run(tokens, options, (row) => row === tokens.length - 1, () => this.#write(this.#logits, options));
    return this.#logits;
  }

  async forwardRows(tokens: ArrayLike<number>, options: RowsOptions = {}): Promise<ForwardRows> {
    if (options.positions !== undefined || options.attention !== undefined) {
      throw new StageError("unimplemented", "positions, attention: a scripted model has none; the reference backend does", { reason: "backend" });
    }
    const rows = Array.from(options.rows ?? Array.from({ length: tokens.length }, (_, row) => row));
    if (rows.some((row, index) => !(Number.isInteger(row) && row > (rows[index - 1] ?? -1) && row < tokens.length))) {
      throw new StageError("invalid_argument", `rows: expected ascending indices from 0 to ${tokens.length - 1}, got ${rows.join(", ")}`);
    }
    const wanted = new Set(rows);
    const want = options.want ?? "logits";
    const logits: Float32Array[] = [];
    const embeddings: Float32Array[] = [];
    await this.#run(tokens, options, (row) => wanted.has(row), (token) => {
      if (want !== "embeddings") logits.push(this.#write(new Float32Array(this.#owner.vocabularySize), options));
      if (want !== "logits") embeddings.push(Float32Array.of(token, this.length));
    });
    return { logits, embeddings };
  }

  fork(): Sequence {
    this.#check();
    return this.#owner.fork({ tokens: [...this.#state.tokens], turns: [...this.#state.turns] });
  }

  trim(length: number): void {
    this.#check();
    const { tokens, turns } = this.#state;
    if (!(Number.isInteger(length) && length >= 0 && length <= tokens.length)) throw new StageError("invalid_argument", `trim: ${length} is not within the ${tokens.length} tokens`);
    tokens.length = length;
    while ((turns.at(-1)?.at ?? 0) > tokens.length) turns.pop();
  }

  discard(start: number, end: number): Promise<void> {
    this.#check();
    const { tokens, turns } = this.#state;
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= tokens.length)) {
      return Promise.reject(new StageError("invalid_argument", `discard: ${start} to ${end} is not within the ${tokens.length} tokens`));
    }
    const turn = turns.at(-1);
    const said = turn?.reply?.subarray(tokens.length - turn.at);
    tokens.splice(start, end - start);
    turns.length = 0;
    if (turn !== undefined) turns.push({ at: tokens.length, reply: said });
    return Promise.resolve();
  }

  save(): Promise<Uint8Array> {
    this.#check();
    return Promise.resolve(writeScriptedState(this.#state));
  }

  release(): void {
    this.#released.abort(new StageError("canceled", "the sequence was released"));
    this.#owner.release(this);
  }

  #check(): void {
    if (this.#released.signal.aborted) throw new StageError("failed_precondition", "the sequence was released");
    if (this.#isRunning) throw new StageError("failed_precondition", "a pass of this sequence is running");
  }

  async #run(tokens: ArrayLike<number>, { signal }: ForwardOptions, isWanted: (row: number) => boolean, give: (token: number) => void): Promise<void> {
    this.#check();
    if (tokens.length === 0) throw new StageError("invalid_argument", "tokens: expected at least one");
    const { length } = this;
    const { contextSize, pass } = this.#owner;
    if (length + tokens.length > contextSize) throw new StageError("invalid_argument", `${length + tokens.length} tokens do not fit in a context of ${contextSize}`, { reason: "context-length" });
    const read = Array.from(tokens);
    this.#isRunning = true;
    try {
      await pass(read.length, signal ? [signal, this.#released.signal] : [this.#released.signal]);
    } finally {
      this.#isRunning = false;
    }
    try {
      this.#read(read, isWanted, give);
    } catch (error) {
      this.trim(length);
      throw error;
    }
  }

  #read(read: readonly number[], isWanted: (row: number) => boolean, give: (token: number) => void): void {
    const { tokens, turns } = this.#state;
    let isPrompt = false;
    for (const [row, token] of read.entries()) {
      isPrompt ||= !this.#bringsOn(token, read.length === 1);
      tokens.push(token);
      const isGiven = isWanted(row);
      if (isPrompt && (isGiven || row === read.length - 1)) turns.push({ at: tokens.length, reply: isGiven ? this.#owner.replyTo(tokens) : undefined });
      if (!isGiven) continue;
      isPrompt = false;
      give(token);
    }
  }

  /** Whether the reply goes on with the token: with what it says, and once it has begun with any single token. */
  #bringsOn(token: number, isSingle: boolean): boolean {
    const turn = this.#state.turns.at(-1);
    return turn?.reply !== undefined && (token === this.#said || (isSingle && this.length > turn.at));
  }

  /** What the reply says next. */
  get #said(): number {
    const turn = this.#state.turns.at(-1);
    return turn?.reply?.[this.length - turn.at] ?? this.#owner.endToken;
  }

  #write(logits: Float32Array, options: ForwardOptions): Float32Array {
    this.#owner.write(logits, this.#state.tokens, this.#said, options);
    return logits;
  }
}

/** The bytes of a state: a checksum, and JSON. */
function writeScriptedState({ tokens, turns }: ScriptedState): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ tokens, turns: turns.map(({ at, reply }) => ({ at, reply: reply === undefined ? null : Array.from(reply) })) }));
  const bytes = new Uint8Array(4 + text.length);
  bytes.set(text, 4);
  new DataView(bytes.buffer).setUint32(0, checksum(text));
  return bytes;
}

/** @throws StageError `invalid_argument`, reason `state`, for bytes that are not whole. */
export function readScriptedState(bytes: Uint8Array): ScriptedState {
  const text = bytes.subarray(4);
  if (bytes.length < 4 || new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) !== checksum(text)) {
    throw new StageError("invalid_argument", "restoreSequence: the bytes are damaged, or of another model", { reason: "state" });
  }
  const { tokens, turns } = JSON.parse(new TextDecoder().decode(text)) as { tokens: number[]; turns: { at: number; reply: number[] | null }[] };
  return { tokens, turns: turns.map(({ at, reply }) => ({ at, reply: reply === null ? undefined : Int32Array.from(reply) })) };
}

/** FNV-1a. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c_9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}
