/** Backends that stand on another. */
import type { AdapterSource, Backend, BackendAdapter, BackendCapabilities, BackendStatistics, Sequence, SpecialTokens } from "../backend.js";
import type { BackendFacts, BackendVocabulary } from "./backend-call.js";

/** A backend that is what another is and knows the same tokens; whoever extends it says what it does. */
export abstract class DerivedBackend implements Backend {
  readonly name: string;
  readonly vocabularySize: number;
  readonly embeddingSize: number;
  readonly capabilities: BackendCapabilities;
  readonly contextSize: number;
  readonly maximumSequences: number;
  readonly specialTokens: SpecialTokens;
  readonly chatTemplate: string | undefined;
  readonly #vocabulary: BackendVocabulary;

  constructor(facts: BackendFacts, vocabulary: BackendVocabulary) {
    this.name = facts.name;
    this.vocabularySize = facts.vocabularySize;
    this.embeddingSize = facts.embeddingSize;
    this.capabilities = facts.capabilities;
    this.contextSize = facts.contextSize;
    this.maximumSequences = facts.maximumSequences;
    this.specialTokens = facts.specialTokens;
    this.chatTemplate = facts.chatTemplate;
    this.#vocabulary = vocabulary;
  }

  /** @throws StageError `failed_precondition` when it is closed. */
  protected abstract checkOpen(): void;

  abstract readonly statistics: BackendStatistics;
  abstract openSequence(): Sequence;
  abstract restoreSequence(state: Uint8Array): Promise<Sequence>;
  abstract loadAdapter(source: AdapterSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<BackendAdapter>;
  abstract close(): Promise<void>;

  tokenize(text: string, options?: { readonly special?: boolean }): Int32Array {
    this.checkOpen();
    return this.#vocabulary.tokenize(text, options);
  }

  tokenBytes(token: number, options?: { readonly special?: boolean }): Uint8Array {
    this.checkOpen();
    return this.#vocabulary.tokenBytes(token, options);
  }

  isEndOfGeneration(token: number): boolean {
    this.checkOpen();
    return this.#vocabulary.isEndOfGeneration(token);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
