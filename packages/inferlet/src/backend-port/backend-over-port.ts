/** A backend that another thread or process has. */
import { StageError } from "@iftk/core";
import type { AdapterSource, AppliedAdapter, Backend, BackendAdapter, BackendStatistics, Sequence } from "../backend.js";
import type { BackendFacts, BackendVocabulary, PassRequest } from "./backend-call.js";
import type { BackendPort } from "./backend-port.js";
import { Connection } from "./connection.js";
import { DerivedBackend } from "./derived-backend.js";
import { PortSequence, type SequenceOwner } from "./port-sequence.js";

/**
 * The backend that the other end of a port serves with `serveBackend`, whose facts `factsOf` tells there.
 *
 * Logits are copies, so they stay as they are. An abort is heard at once. When the other end is gone, all that waits and what is called later fails
 * with StageError `unavailable`, reason `crashed`, and sequences hold nothing. Where several use one backend, a sequence beyond its `maximumSequences` fails with its first pass.
 */
export function backendOverPort(port: BackendPort, facts: BackendFacts, vocabulary: BackendVocabulary): Backend {
  return new PortBackend(port, facts, vocabulary);
}

class PortBackend extends DerivedBackend {
  readonly #connection: Connection;
  readonly #owner: SequenceOwner;
  readonly #open = new Set<number>();
  readonly #adapters = new WeakMap<BackendAdapter, number>();
  #numbers = 0;
  #closing: Promise<void> | undefined;

  constructor(port: BackendPort, facts: BackendFacts, vocabulary: BackendVocabulary) {
    super(facts, vocabulary);
    this.#connection = new Connection(port);
    this.#owner = {
      connection: this.#connection,
      applied: (adapters) => this.#applied(adapters),
      add: (begin, length) => this.#add(begin, length),
      remove: (number) => void this.#open.delete(number),
      passes: { count: 0 },
      check: () => this.#check(),
    };
  }

  get statistics(): BackendStatistics {
    const { decodes, tokens, otherSequences, otherPending } = this.#connection.statistics;
    return { decodes, tokens, sequences: otherSequences + this.#open.size, pending: otherPending + this.#owner.passes.count };
  }

  openSequence(): Sequence {
    this.#check();
    return this.#add((sequence) => this.#connection.tell("open", { sequence }), 0);
  }

  async restoreSequence(state: Uint8Array): Promise<Sequence> {
    this.#check();
    const copy = new Uint8Array(state);
    const number = this.#take();
    try {
      const length = await this.#connection.call("restore", { sequence: number, state: copy }, { transfer: [copy.buffer] });
      return new PortSequence(number, this.#owner, length);
    } catch (error) {
      this.#open.delete(number);
      throw error;
    }
  }

  async loadAdapter(source: AdapterSource, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BackendAdapter> {
    this.#check();
    const number = this.#numbers++;
    const release = (): void => this.#connection.tell("releaseAdapter", { adapter: number });
    try {
      const name = await this.#connection.call("loadAdapter", { adapter: number, source }, { signal });
      const adapter: BackendAdapter = { name, release };
      this.#adapters.set(adapter, number);
      return adapter;
    } catch (error) {
      if (signal?.aborted) release();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#open.clear();
    await this.#connection.call("close", {}).catch((error: unknown) => {
      if (error !== this.#connection.lost) throw error;
    });
    this.#connection.end(new StageError("canceled", "backend: it was closed while an answer was waited for"));
  }

  #add(begin: (number: number) => void, length: number): Sequence {
    const number = this.#take();
    try {
      begin(number);
    } catch (error) {
      this.#open.delete(number);
      throw error;
    }
    return new PortSequence(number, this.#owner, length);
  }

  #take(): number {
    if (this.#open.size >= this.maximumSequences) {
      throw new StageError("resource_exhausted", `backend: all ${this.maximumSequences} sequences are open; release one first`);
    }
    const number = this.#numbers++;
    this.#open.add(number);
    return number;
  }

  #applied(adapters: readonly AppliedAdapter[]): PassRequest["adapters"] {
    return adapters.map(({ adapter, scale }) => {
      const number = this.#adapters.get(adapter);
      if (number === undefined) throw new StageError("invalid_argument", `adapters: ${adapter.name} was not loaded by this backend, or by one that is gone; load it with its loadAdapter`);
      return { adapter: number, scale };
    });
  }

  #check(): void {
    this.checkOpen();
    if (this.#connection.lost) throw this.#connection.lost;
  }

  protected checkOpen(): void {
    if (this.#closing) throw new StageError("failed_precondition", "backend: it is closed");
  }
}
