/** A loaded model, as programs use it. */
import { runtime } from "../ambient/runtime.js";
import type { Backend } from "../backend.js";
import { ChatTemplate } from "../chat-template/chat-template.js";
import { PrefixCache } from "../prefix-cache/prefix-cache.js";
import { Tokenizer } from "./tokenizer.js";

/** What contexts of a model have cost. */
export interface ModelStatistics {
  /** Tokens of contexts that were found computed already, and so were not forwarded again. */
  readonly reusedTokens: number;
  /** Tokens that went through passes of this backend. */
  readonly forwardedTokens: number;
  /** Gauge: sequences of released contexts that are kept for others with the same beginning. */
  readonly keptSequences: number;
}

const models = new WeakMap<Backend, Model>();

/** What contexts of one backend share: its vocabulary, its chat template, and what was computed. */
export class Model {
  readonly backend: Backend;
  readonly tokenizer: Tokenizer;
  readonly prefixCache: PrefixCache;
  #template: ChatTemplate | undefined;

  private constructor(backend: Backend) {
    this.backend = backend;
    this.tokenizer = new Tokenizer(backend);
    this.prefixCache = PrefixCache.of(backend);
  }

  /** The model of a backend, the same each time; whoever opened the backend closes it. */
  static of(backend: Backend | Model): Model {
    if (backend instanceof Model) return backend;
    let model = models.get(backend);
    if (model === undefined) models.set(backend, (model = new Model(backend)));
    return model;
  }

  /**
   * A model of the runtime that runs the program which calls this: by its name, or the first that is used token by token.
   *
   * @throws StageError `not_found` that names those there are; `failed_precondition` outside of a program, and for a model that is only a stage.
   */
  static async load(name?: string): Promise<Model> {
    return Model.of(await runtime.backend(name));
  }

  /** Name from the model file. */
  get name(): string {
    return this.backend.name;
  }

  /** Tokens that one context may hold. */
  get contextSize(): number {
    return this.backend.contextSize;
  }

  /**
   * The chat template that the model brings.
   *
   * @throws StageError `failed_precondition` when it cannot be read.
   */
  get chatTemplate(): ChatTemplate {
    this.#template ??= new ChatTemplate(this.backend);
    return this.#template;
  }

  get statistics(): ModelStatistics {
    const { reusedTokens, keptSequences } = this.prefixCache;
    return { reusedTokens, forwardedTokens: this.backend.statistics.tokens, keptSequences };
  }
}
