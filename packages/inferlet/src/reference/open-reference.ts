/** The reference backend: small, deterministic, in plain TypeScript, for tests, browsers and whatever needs any attention. */
import { StageError } from "@iftk/core";
import type { AdapterSource, Backend, BackendAdapter, BackendStatistics, ForwardRows, Sequence, SpecialTokens } from "../backend.js";
import { readLoraWeights } from "./lora-weights.js";
import type { PassInput } from "./network.js";
import { PassRunner, type RunningPass } from "./pass-runner.js";
import { AdapterShelf } from "./reference-adapter.js";
import { readReferenceModel, type ReferenceModel } from "./reference-model.js";
import { ReferenceSequence, type SequenceOwner } from "./reference-sequence.js";
import { checkState, readState } from "./sequence-state.js";

/** What a model is opened with. */
export interface ReferenceOptions {
  /** The bytes of a GGUF file; they must not change while the model is read. */
  readonly model: Uint8Array;
  /** Tokens that one sequence may hold; what the model was trained for is the limit, 8192 the default. */
  readonly contextSize?: number | undefined;
  /** Sequences that may be open at once, 1 to 256; 64 by default. */
  readonly maximumSequences?: number | undefined;
  /**
   * Tokens that all open sequences may hold together, where forks share what they have in common.
   * By default enough for eight full sequences, or for fewer when that would take more than 256 MiB.
   */
  readonly cells?: number | undefined;
  /** Aborting it while the model is read rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a model of the Llama architecture, with weights of the types F32, F16, BF16 and Q8_0 and a byte-level BPE tokenizer.
 *
 * The same tokens give the same bits, alone, among others, at once or one by one. It does all that a backend can, any positions and
 * attention included. It runs on the one thread there is and lets the event loop turn every few milliseconds.
 *
 * @throws StageError `invalid_argument` for options and for a file that cannot be used, reason `not-gguf`, `truncated` or `corrupt`;
 * `unimplemented`, reason `backend`, for another kind of network, weights or tokenizer; `resource_exhausted` when the cells do not fit
 * into memory; the signal's reason.
 */
export async function openReference({ model: bytes, contextSize, maximumSequences = 64, cells, signal }: ReferenceOptions): Promise<Backend> {
  if (!(bytes instanceof Uint8Array)) throw new StageError("invalid_argument", "model: expected the bytes of a GGUF file");
  checkInteger("contextSize", contextSize, 2 ** 31 - 1);
  checkInteger("maximumSequences", maximumSequences, 256);
  checkInteger("cells", cells, 2 ** 31 - 1);
  signal?.throwIfAborted();
  const model = await new PassRunner().start(readReferenceModel(bytes, { contextSize, cells }), signal).result;
  return new ReferenceBackend(model, maximumSequences);
}

class ReferenceBackend implements Backend, SequenceOwner {
  readonly name: string;
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  readonly capabilities = { attention: true, discard: true, adapters: true };
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens: SpecialTokens;
  readonly chatTemplate: string | undefined;
  readonly adapters = new AdapterShelf();
  readonly #runner = new PassRunner();
  readonly #open = new Set<Sequence>();
  readonly #logits: Float32Array;
  #counts = { decodes: 0, tokens: 0 };
  #model: ReferenceModel | undefined;

  constructor(model: ReferenceModel, maximumSequences: number) {
    const { name, vocabulary, network, contextSize, chatTemplate } = model;
    this.name = name;
    this.vocabularySize = vocabulary.size;
    this.embeddingSize = network.shape.width;
    this.contextSize = contextSize;
    this.maximumSequences = maximumSequences;
    this.specialTokens = vocabulary.specialTokens;
    this.chatTemplate = chatTemplate;
    this.#logits = new Float32Array(vocabulary.size);
    this.#model = model;
  }

  get statistics(): BackendStatistics {
    return { ...this.#counts, sequences: this.#open.size, pending: this.#runner.pending };
  }

  tokenize(text: string, { special = false }: { readonly special?: boolean } = {}): Int32Array {
    return this.model().vocabulary.tokenize(text, special);
  }

  tokenBytes(token: number, { special = false }: { readonly special?: boolean } = {}): Uint8Array {
    return this.model().vocabulary.bytes(token, special);
  }

  isEndOfGeneration(token: number): boolean {
    return this.model().vocabulary.isEndOfGeneration(token);
  }

  openSequence(): Sequence {
    return this.open(() => new Int32Array(0));
  }

  async restoreSequence(state: Uint8Array): Promise<Sequence> {
    const { cells, fingerprint, contextSize } = this.model();
    const count = checkState(cells, state, fingerprint);
    if (count > contextSize) throw new StageError("invalid_argument", `state: its ${count} tokens do not fit; the context holds ${contextSize}`, { reason: "context-length" });
    return this.open(() => {
      const taken = cells.take(count);
      readState(cells, state, taken);
      return taken;
    });
  }

  async loadAdapter(source: AdapterSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BackendAdapter> {
    const { matrices } = this.model();
    signal?.throwIfAborted();
    if (!("bytes" in source)) throw new StageError("unimplemented", "loadAdapter: the reference backend reads no files; give it the bytes of the file, or use llama.cpp", { reason: "backend" });
    if (!(source.bytes instanceof Uint8Array)) throw new StageError("invalid_argument", "adapter: expected the bytes of a GGUF file");
    return this.adapters.add(readLoraWeights(source.bytes, matrices));
  }

  close(): Promise<void> {
    this.#model = undefined;
    this.#runner.stop(new StageError("canceled", "backend: it was closed while a forward pass was waited for"));
    this.#open.clear();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  model(): ReferenceModel {
    if (this.#model === undefined) throw new StageError("failed_precondition", "backend: it is closed; open the model again");
    return this.#model;
  }

  open(cells: (model: ReferenceModel) => Int32Array): Sequence {
    const model = this.model();
    if (this.#open.size >= this.maximumSequences) {
      throw new StageError("resource_exhausted", `backend: all ${this.maximumSequences} sequences are open; release one first, or open the model with a larger maximumSequences`);
    }
    const sequence = new ReferenceSequence(this, cells(model));
    this.#open.add(sequence);
    return sequence;
  }

  run(input: PassInput, signal: AbortSignal | undefined): RunningPass<ForwardRows> {
    return this.#runner.start(this.#counted(input), signal);
  }

  show(logits: Float32Array): Float32Array {
    this.#logits.set(logits);
    return this.#logits;
  }

  /** Takes a sequence out of those that are open, and its cells back. */
  releaseSequence(sequence: Sequence, cells: Int32Array): void {
    this.#open.delete(sequence);
    this.#model?.cells.giveBack(cells);
  }

  *#counted(input: PassInput): Generator<undefined, ForwardRows, undefined> {
    const { network, cells } = this.model();
    const rows = yield* network.run(input, cells);
    this.#counts = { decodes: this.#counts.decodes + 1, tokens: this.#counts.tokens + input.tokens.length };
    return rows;
  }
}

function checkInteger(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  throw new StageError("invalid_argument", `${name}: ${String(value)} is not a whole number from 1 to ${most}`);
}
