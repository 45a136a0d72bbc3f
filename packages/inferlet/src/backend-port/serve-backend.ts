/** The end of a port where the backend is. */
import { StageError } from "@iftk/core";
import type { AppliedAdapter, Backend, BackendAdapter, ForwardRows, Sequence } from "../backend.js";
import type { Answer, AnswersMessage, BackendCalls, CallKind, PassRequest, Request, RequestsMessage } from "./backend-call.js";
import { listenTo, type BackendPort } from "./backend-port.js";
import { failureOf } from "./failure.js";
import { Gathered } from "./gathered.js";
import { HeldSequence } from "./held-sequence.js";

/** A backend that is served. */
export interface ServedBackend extends AsyncDisposable {
  /** Hears no more and gives back the sequences and adapters that were opened over the port; the backend stays open. */
  close(): Promise<void>;
}

/**
 * Serves a backend to the other end of a port, where `backendOverPort` uses it.
 *
 * When the other end is gone, what it opened is given back. When it closes its backend, this one is closed.
 */
export function serveBackend(backend: Backend, port: BackendPort): ServedBackend {
  const server = new BackendServer(backend, port);
  const close = (): Promise<void> => server.close();
  return { close, [Symbol.asyncDispose]: close };
}

type Handlers = { readonly [Kind in CallKind]: (ask: BackendCalls[Kind]["ask"], signal: AbortSignal | undefined) => BackendCalls[Kind]["answer"] | Promise<BackendCalls[Kind]["answer"]> };

class BackendServer {
  readonly #backend: Backend;
  readonly #sequences = new Map<number, HeldSequence>();
  readonly #adapters = new Map<number, Promise<BackendAdapter>>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #answers: Gathered<Answer>;
  readonly #stop: () => void;
  #open = 0;
  #passes = 0;
  /** Kept when the sequences are given back whose release was asked for until now. */
  #released: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, port: BackendPort) {
    this.#backend = backend;
    this.#answers = new Gathered((answers, transfer) => {
      const { decodes, tokens, sequences, pending } = backend.statistics;
      const statistics = { decodes, tokens, otherSequences: Math.max(0, sequences - this.#open), otherPending: Math.max(0, pending - this.#passes) };
      port.postMessage({ answers, statistics } satisfies AnswersMessage, transfer);
    });
    this.#stop = listenTo(port, {
      hear: (message) => {
        const { requests = [] } = Object(message) as Partial<RequestsMessage>;
        for (const request of requests) void this.#answer(request);
      },
      lose: () => void this.close(),
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop();
    for (const abort of this.#aborts.values()) abort.abort(new StageError("canceled", "backend: the other end of its port is gone"));
    await Promise.all([...[...this.#sequences.keys()].map((number) => this.#release(number)), ...[...this.#adapters.keys()].map((number) => this.#releaseAdapter(number))]);
  }

  async #answer({ kind, call, isAbortable, ask }: Request): Promise<void> {
    const abort = isAbortable ? new AbortController() : undefined;
    if (abort) this.#aborts.set(call, abort);
    try {
      const value = await this.#handlers[kind](ask as never, abort?.signal);
      this.#answers.add({ call, value }, buffersOf(value));
      if (kind !== "close") return;
      this.#answers.flush();
      await this.close();
    } catch (error) {
      this.#answers.add({ call, failure: failureOf(error) });
    } finally {
      this.#aborts.delete(call);
    }
  }

  readonly #handlers: Handlers = {
    open: ({ sequence }) => this.#hold(sequence, () => this.#room()(() => this.#backend.openSequence())),
    fork: ({ sequence, of }) => this.#hold(sequence, () => this.#held(of).fork(this.#room())),
    restore: async ({ sequence, state }) => {
      await this.#hold(sequence, () => this.#room()(() => this.#backend.restoreSequence(state)));
      return this.#held(sequence).act(({ length }) => length);
    },
    // The logits are the backend's and change with the next pass.
    forward: (ask, signal) => this.#pass(ask, async (sequence, tokens, adapters) => (await sequence.forward(tokens, { signal, adapters })).slice()),
    rows: ({ rows, want, positions, attention, ...ask }, signal) => this.#pass(ask, (sequence, tokens, adapters) => sequence.forwardRows(tokens, { rows, want, positions, attention, signal, adapters })),
    trim: ({ sequence, length }) => this.#held(sequence).act((held) => void (held.length > length && held.trim(length))),
    discard: ({ sequence, start, end }) => this.#held(sequence).act((held) => held.discard(start, end)),
    save: async ({ sequence }) => wholeOf(await this.#held(sequence).act((held) => held.save())),
    release: ({ sequence }) => this.#release(sequence),
    loadAdapter: async ({ adapter, source }, signal) => {
      const loading = this.#backend.loadAdapter(source, { signal });
      this.#adapters.set(adapter, loading);
      loading.catch(() => this.#adapters.delete(adapter));
      return (await loading).name;
    },
    releaseAdapter: ({ adapter }) => this.#releaseAdapter(adapter),
    abort: ({ of }) => this.#aborts.get(of)?.abort(new StageError("canceled", "backend: the call was aborted")),
    close: () => this.#backend.close(),
  };

  async #pass<T>({ sequence, tokens, adapters }: PassRequest, run: (sequence: Sequence, tokens: Float64Array, adapters: readonly AppliedAdapter[] | undefined) => Promise<T>): Promise<T> {
    this.#passes++;
    try {
      const applied = adapters && (await Promise.all(adapters.map(async ({ adapter, scale }) => ({ adapter: await this.#adapterOf(adapter), scale }))));
      return await this.#held(sequence).act((held) => run(held, tokens, applied));
    } finally {
      this.#passes--;
    }
  }

  async #hold(number: number, open: () => Promise<Sequence>): Promise<void> {
    const opening = open();
    this.#sequences.set(number, new HeldSequence(opening));
    await opening;
    this.#open++;
  }

  /** Opens sequences. Where one finds no room, it waits for the releases that were asked for until now: they may wait for forks. */
  #room(): (open: () => Sequence | Promise<Sequence>) => Promise<Sequence> {
    const released = this.#released;
    return async (open) => {
      try {
        return await open();
      } catch (error) {
        if (!StageError.is(error) || error.code !== "resource_exhausted") throw error;
        await released;
        return open();
      }
    };
  }

  #held(number: number): HeldSequence {
    const held = this.#sequences.get(number);
    if (!held) throw new StageError("failed_precondition", "sequence: it is released; open a new one");
    return held;
  }

  async #release(number: number): Promise<void> {
    const held = this.#sequences.get(number);
    this.#sequences.delete(number);
    const releasing = held?.release();
    this.#released = Promise.allSettled([this.#released, releasing]).then(() => {});
    if (await releasing) this.#open--;
  }

  async #adapterOf(number: number): Promise<BackendAdapter> {
    const adapter = this.#adapters.get(number);
    if (!adapter) throw new StageError("failed_precondition", "adapter: it is released; load it again");
    return adapter;
  }

  async #releaseAdapter(number: number): Promise<void> {
    const loading = this.#adapters.get(number);
    this.#adapters.delete(number);
    const adapter = await loading?.catch(() => undefined); // who loads it was told
    adapter?.release();
  }
}

/** Bytes that fill their buffer, so that it can be handed over. */
function wholeOf(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** The buffers that can be handed over with an answer: it is for the other end alone. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const { logits = [], embeddings = [] } = Object(value) as Partial<ForwardRows>;
  const arrays = ArrayBuffer.isView(value) ? [value] : [...logits, ...embeddings];
  return [...new Set(arrays.flatMap(({ buffer, byteLength }) => (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? [buffer] : [])))];
}
