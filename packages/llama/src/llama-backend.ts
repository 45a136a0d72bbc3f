/** The backend over llama.cpp: one model, one context, many sequences that share forward passes. */
import { StageError } from "@iftk/core";
import type { Backend, BackendStatistics, Sequence, SpecialTokens } from "@iftk/inferlet";
import type { Pointer } from "./layout.js";
import { llamaLibrary, type LlamaLibrary } from "./library.js";
import { type LlamaContext, openContext } from "./llama-context.js";
import { checkOptions, type LlamaOptions, type ResolvedOptions, resolveOptions } from "./llama-options.js";
import { loadModel } from "./load-model.js";
import { listenToLog } from "./log.js";
import { type ModelFile, readModelFile } from "./model-file.js";
import { Scheduler } from "./scheduler.js";
import { LlamaSequence, SequencePool } from "./sequence.js";
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
  const library = llamaLibrary();
  const stopLog = onLog === undefined ? undefined : listenToLog(library, onLog);
  let model: Pointer = null;
  try {
    model = await loadModel(library, modelPath, { signal, onProgress });
    checkKind(library, model, modelPath);
    const resolved = resolveOptions(options, file);
    const vocabulary = new Vocabulary(library, model, file, resolved.contextSize);
    const { cells, maximumSequences: sequences, batchSize, threads } = resolved;
    const context = await openContext(library, model, vocabulary.size, { cells, sequences, batchSize, threads });
    if (signal?.aborted === true) {
      context.free();
      throw signal.reason;
    }
    return new LlamaBackend({ library, model, context, vocabulary, file, resolved, stopLog });
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
  readonly resolved: ResolvedOptions;
  readonly stopLog: (() => void) | undefined;
}

class LlamaBackend implements Backend {
  readonly name: string;
  readonly vocabularySize: number;
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens: SpecialTokens;
  readonly chatTemplate: string | undefined;
  readonly #parts: Parts;
  readonly #scheduler: Scheduler;
  readonly #pool: SequencePool;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { context, vocabulary, file, resolved } = parts;
    this.name = file.name;
    this.vocabularySize = vocabulary.size;
    this.contextSize = resolved.contextSize;
    this.maximumSequences = resolved.maximumSequences;
    this.specialTokens = vocabulary.specialTokens;
    this.chatTemplate = file.chatTemplate;
    this.#parts = parts;
    this.#scheduler = new Scheduler(context, resolved.batchSize);
    this.#pool = new SequencePool({
      scheduler: this.#scheduler,
      context,
      contextSize: resolved.contextSize,
      vocabularySize: vocabulary.size,
      capacity: resolved.maximumSequences,
    });
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#pool.close();
    await this.#scheduler.stop(new StageError("canceled", "backend: it was closed while a forward pass was waited for"));
    const { library, model, context, stopLog } = this.#parts;
    context.free();
    library.modelFree(model);
    stopLog?.();
  }
}
