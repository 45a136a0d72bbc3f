/** The backend over llama.cpp: one model, one context, many sequences that share forward passes. */
import { StageError } from "@iftk/core";
import type { AdapterSource, Backend, BackendAdapter, BackendCapabilities, BackendStatistics, Sequence, SpecialTokens } from "@iftk/inferlet";
import { fingerprintOf } from "./fingerprint.js";
import type { Pointer } from "./layout.js";
import { llamaLibrary, type LlamaLibrary } from "./library.js";
import { AdapterShelf } from "./llama-adapter.js";
import { type LlamaContext, openContext, type RowShape } from "./llama-context.js";
import { checkOptions, type LlamaOptions, type ResolvedOptions, resolveOptions } from "./llama-options.js";
import { loadModel } from "./load-model.js";
import { listenToLog } from "./log.js";
import { type ModelFile, readModelFile } from "./model-file.js";
import { Scheduler } from "./scheduler.js";
import { restoreSequence } from "./restore-sequence.js";
import { LlamaSequence } from "./sequence.js";
import { SequencePool } from "./sequence-pool.js";
import { Vocabulary } from "./vocabulary.js";

/**
 * Opens a GGUF model with llama.cpp on the processor, without blocking the event loop.
 *
 * Concurrent forward calls share passes. A process may open several models, and the same one more than once.
 *
 * @throws StageError `not_found`, `permission_denied` or `invalid_argument` for a file that cannot be
 * used, reason `truncated` when it is cut short; `invalid_argument` for options; `unimplemented` for a
 * platform or kind of model that is not supported; `failed_precondition` when the package with llama.cpp
 * is missing or has another version; `resource_exhausted` when the cells do not fit into memory.
 */
export async function openLlama(options: LlamaOptions): Promise<Backend> {
  checkOptions(options);
  const { modelPath, signal, onProgress, onLog } = options;
  signal?.throwIfAborted();
  const file = await readModelFile(modelPath, signal);
  const fingerprint = await fingerprintOf(file, signal);
  const library = llamaLibrary();
  const stopLog = onLog === undefined ? undefined : listenToLog(library, onLog);
  let model: Pointer = null;
  try {
    model = await loadModel(library, modelPath, { signal, onProgress });
    checkKind(library, model, modelPath);
    const resolved = resolveOptions(options, file);
    const vocabulary = new Vocabulary(library, model, file, resolved.contextSize);
    const { cells, cellType, maximumSequences: sequences, batchSize, threads } = resolved;
    const row = { vocabularySize: vocabulary.size, embeddingSize: library.modelNEmbdOut(model) };
    const context = await openContext(library, model, row, { cells, cellType, sequences, batchSize, threads });
    if (signal?.aborted === true) {
      context.free();
      throw signal.reason;
    }
    return new LlamaBackend({ library, model, context, vocabulary, file, fingerprint, resolved, row, stopLog });
  } catch (error) {
    if (model !== null) library.modelFree(model);
    stopLog?.();
    throw error;
  }
}

/** Sequences must be forked and trimmed, and tokens generated one after another. */
function checkKind(library: LlamaLibrary, model: Pointer, path: string): void {
  const isOther = library.modelHasEncoder(model) || library.modelIsRecurrent(model) || library.modelIsHybrid(model) || library.modelIsDiffusion(model);
  if (isOther) throw new StageError("unimplemented", `model file ${path}: it is not a transformer that only decodes; recurrent, hybrid, diffusion and encoder models are not supported`);
}

interface Parts {
  readonly library: LlamaLibrary;
  readonly model: Pointer;
  readonly context: LlamaContext;
  readonly vocabulary: Vocabulary;
  readonly file: ModelFile;
  readonly fingerprint: Uint8Array;
  readonly resolved: ResolvedOptions;
  readonly row: RowShape;
  readonly stopLog: (() => void) | undefined;
}

class LlamaBackend implements Backend {
  readonly name: string;
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  readonly capabilities: BackendCapabilities;
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens: SpecialTokens;
  readonly chatTemplate: string | undefined;
  readonly #parts: Parts;
  readonly #scheduler: Scheduler;
  readonly #pool: SequencePool;
  readonly #adapters: AdapterShelf;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { library, model, context, vocabulary, file, fingerprint, resolved, row } = parts;
    const { contextSize, maximumSequences: capacity, cellType, batchSize } = resolved;
    const windows = library.modelNSwa(model) > 0 ? "this model attends to a sliding window, so that cells outside of it are not kept; fill a sequence with the tokens instead" : undefined;
    const cannotDiscard = windows ?? whyNoShift(context, file);
    this.name = file.name;
    this.vocabularySize = row.vocabularySize;
    this.embeddingSize = row.embeddingSize;
    this.capabilities = { attention: false, discard: cannotDiscard === undefined, adapters: true };
    this.contextSize = contextSize;
    this.maximumSequences = capacity;
    this.specialTokens = vocabulary.specialTokens;
    this.chatTemplate = file.chatTemplate;
    this.#parts = parts;
    const scheduler = new Scheduler(context, batchSize);
    const adapters = new AdapterShelf({ library, model, file, context, scheduler });
    const origin = { fingerprint, libraryVersion: library.version, cellType };
    this.#scheduler = scheduler;
    this.#adapters = adapters;
    this.#pool = new SequencePool({ scheduler, context, adapters, contextSize, ...row, cannotDiscard, cannotSave: windows, origin, capacity });
  }

  get statistics(): BackendStatistics {
    const { decodes, tokens, pending } = this.#scheduler;
    return { decodes, tokens, sequences: this.#pool.open, pending };
  }

  tokenize(text: string, { special = false }: { readonly special?: boolean } = {}): Int32Array {
    this.#pool.check();
    return this.#parts.vocabulary.tokenize(text, special);
  }

  tokenBytes(token: number, { special = false }: { readonly special?: boolean } = {}): Uint8Array {
    this.#pool.check();
    return this.#parts.vocabulary.bytes(token, special);
  }

  isEndOfGeneration(token: number): boolean {
    this.#pool.check();
    return this.#parts.vocabulary.isEndOfGeneration(token);
  }

  openSequence(): Sequence {
    return new LlamaSequence(this.#pool, this.#pool.take());
  }

  restoreSequence(state: Uint8Array): Promise<Sequence> {
    return restoreSequence(this.#pool, state);
  }

  async loadAdapter(source: AdapterSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BackendAdapter> {
    this.#pool.check();
    return this.#adapters.load(source, signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#pool.close();
    await this.#scheduler.stop(new StageError("canceled", "backend: it was closed while a call was under way"));
    const { library, model, context, stopLog } = this.#parts;
    context.free();
    this.#adapters.free();
    library.modelFree(model);
    stopLog?.();
  }
}

/** Why keys cannot be turned to other positions, when they cannot. */
function whyNoShift(context: LlamaContext, { ropeScaling }: ModelFile): string | undefined {
  if (!context.canShift) return "llama.cpp cannot move the positions of this kind of model";
  // These also scale the keys, and turning a key would scale it again.
  if (ropeScaling === "yarn" || ropeScaling === "longrope") return `the positions of this model are stretched by ${ropeScaling}, which llama.cpp cannot undo`;
  return undefined;
}
