/** A backend whose engine runs in a process of its own, and is started anew when that dies. */
import { StageError } from "@iftk/core";
import type { AdapterSource, Backend, BackendAdapter, BackendStatistics, Sequence } from "@iftk/inferlet";
import { backendOverPort, DerivedBackend, type BackendFacts, type BackendVocabulary } from "@iftk/inferlet/backend-port";
import type { EngineProcess } from "./engine-process.js";
import { RestartBudget } from "./restart-budget.js";

export interface IsolatedBackendParts {
  readonly facts: BackendFacts;
  readonly vocabulary: BackendVocabulary & { close(): Promise<void> };
  /** The process whose model is open. */
  readonly first: EngineProcess;
  readonly start: () => EngineProcess;
  readonly restarts: number;
}

export class IsolatedBackend extends DerivedBackend {
  readonly #parts: IsolatedBackendParts;
  readonly #budget: RestartBudget;
  #process: EngineProcess;
  #backend: Backend;
  /** What the processes before this one counted. */
  #before = { decodes: 0, tokens: 0 };
  #closing: Promise<void> | undefined;

  constructor(parts: IsolatedBackendParts) {
    const { facts, vocabulary, first, restarts } = parts;
    super(facts, vocabulary);
    this.#parts = parts;
    this.#budget = new RestartBudget(restarts);
    this.#process = first;
    this.#backend = this.#backendOf(first);
  }

  get statistics(): BackendStatistics {
    const { decodes, tokens } = this.#before;
    const now = this.#backend.statistics;
    return { ...now, decodes: decodes + now.decodes, tokens: tokens + now.tokens };
  }

  openSequence(): Sequence {
    return this.#running().openSequence();
  }

  async restoreSequence(state: Uint8Array): Promise<Sequence> {
    return this.#running().restoreSequence(state);
  }

  async loadAdapter(source: AdapterSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<BackendAdapter> {
    return this.#running().loadAdapter(source, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closing = this.#backend.close();
    await this.#process.end(new StageError("canceled", "backend: it was closed while an answer was waited for"));
    await closing;
    await this.#parts.vocabulary.close();
  }

  /** The backend of a process that lives; what it is asked before its model is open waits for that. */
  #running(): Backend {
    this.checkOpen();
    const { ended } = this.#process;
    if (!ended) return this.#backend;
    if (!this.#budget.take(performance.now())) {
      const { restarts } = this.#parts;
      const cause = StageError.from(ended.reason);
      throw new StageError("failed_precondition", `${cause.message}; it was started anew ${restarts} times within a minute, which is what restarts allows`, { reason: "crashed", cause });
    }
    const { decodes, tokens } = this.statistics;
    this.#before = { decodes, tokens };
    this.#process = this.#parts.start();
    this.#backend = this.#backendOf(this.#process);
    return this.#backend;
  }

  protected checkOpen(): void {
    if (this.#closing) throw new StageError("failed_precondition", "backend: it is closed; open the model again");
  }

  #backendOf(process: EngineProcess): Backend {
    const { facts, vocabulary } = this.#parts;
    process.opened.then(
      (now) => {
        // The tokens of the parent would mean something else there.
        if (JSON.stringify(now) !== JSON.stringify(facts)) void process.end(new StageError("failed_precondition", "llama: the model file is another one than when it was opened; open it again", { reason: "changed" }));
      },
      () => {}, // the calls that wait are told
    );
    return backendOverPort(process.port, facts, vocabulary);
  }
}
