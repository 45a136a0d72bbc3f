/** The tokens of a model without its weights: enough for who only prepares what another process computes. */
import type { SpecialTokens } from "@iftk/inferlet";
import { llamaLibrary } from "./library.js";
import { loadModel } from "./load-model.js";
import { readModelFile } from "./model-file.js";
import { closedError } from "./sequence-pool.js";
import { Vocabulary } from "./vocabulary.js";

/** What a model file says of itself, and its tokens. */
export interface ModelVocabulary extends AsyncDisposable {
  /** Name from the model file, for people to read. */
  readonly name: string;
  readonly vocabularySize: number;
  /** Numbers of a hidden state. */
  readonly embeddingSize: number;
  /** Tokens that the model was trained to hold. */
  readonly contextSize: number;
  readonly specialTokens: SpecialTokens;
  /** The model's own Jinja chat template, when it has one. */
  readonly chatTemplate: string | undefined;
  /** Token identifiers of a text; with `special`, control tokens written in the text are recognised. */
  tokenize(text: string, options?: { readonly special?: boolean }): Int32Array;
  /** The bytes of one token; without `special` a control token has none. */
  tokenBytes(token: number, options?: { readonly special?: boolean }): Uint8Array;
  /** Whether the token ends a generation. */
  isEndOfGeneration(token: number): boolean;
  /** Frees it. Calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Opens the vocabulary of a GGUF model; its weights are neither read nor held.
 *
 * @throws StageError as `openLlama` does for a file or platform that cannot be used; the signal's reason when it was aborted.
 */
export async function openVocabulary(modelPath: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<ModelVocabulary> {
  signal?.throwIfAborted();
  const file = await readModelFile(modelPath, signal);
  const library = llamaLibrary();
  const model = await loadModel(library, modelPath, { signal, vocabularyOnly: true });
  const vocabulary = new Vocabulary(library, model, file, file.contextLength);
  let isClosed = false;

  const open = (): Vocabulary => {
    if (isClosed) throw closedError();
    return vocabulary;
  };
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    library.modelFree(model);
  };
  return {
    name: file.name,
    vocabularySize: vocabulary.size,
    embeddingSize: file.embeddingLength,
    contextSize: file.contextLength,
    specialTokens: vocabulary.specialTokens,
    chatTemplate: file.chatTemplate,
    tokenize: (text, { special = false } = {}) => open().tokenize(text, special),
    tokenBytes: (token, { special = false } = {}) => open().bytes(token, special),
    isEndOfGeneration: (token) => open().isEndOfGeneration(token),
    close,
    [Symbol.asyncDispose]: close,
  };
}
