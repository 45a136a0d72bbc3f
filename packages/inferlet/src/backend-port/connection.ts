/** Calls over the port of a backend, and their answers. */
import { StageError } from "@iftk/core";
import type { Answer, AnswersMessage, BackendCalls, CallKind, Request, RequestsMessage, SharedStatistics } from "./backend-call.js";
import { listenTo, type BackendPort } from "./backend-port.js";
import { errorOf } from "./failure.js";
import { Gathered } from "./gathered.js";

/** Calls that may wait for an answer; who makes more without awaiting any is refused. */
const mostWaiting = 16_384;

/** Calls that free what others have taken, which bounds them: they are never refused. */
const freeing: ReadonlySet<CallKind> = new Set<CallKind>(["abort", "trim", "release", "releaseAdapter"]);

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes calls to the other end until it is gone. */
export class Connection {
  readonly #port: BackendPort;
  readonly #waiting = new Map<number, Waiting>();
  readonly #requests: Gathered<Request>;
  readonly #stop: () => void;
  #statistics: SharedStatistics = { decodes: 0, tokens: 0, otherSequences: 0, otherPending: 0 };
  #calls = 0;
  #lost: StageError | undefined;

  constructor(port: BackendPort) {
    this.#port = port;
    this.#requests = new Gathered((requests, transfer) => port.postMessage({ requests } satisfies RequestsMessage, transfer));
    this.#stop = listenTo(port, {
      hear: (message) => this.#hear(message),
      lose: (reason) => this.end(StageError.is(reason) ? reason : new StageError("unavailable", "backend: the other end of its port is gone", { reason: "crashed" })),
    });
    port.unref?.();
  }

  /** As of the last answer. */
  get statistics(): SharedStatistics {
    return this.#statistics;
  }

  /** What ended the connection. */
  get lost(): StageError | undefined {
    return this.#lost;
  }

  /**
   * Makes a call of which only the other end needs to know how it went; does nothing when that is gone.
   *
   * @throws StageError `resource_exhausted` when too many wait.
   */
  tell<Kind extends CallKind>(kind: Kind, ask: BackendCalls[Kind]["ask"]): void {
    if (!this.#lost) this.#send(kind, ask).answered.catch(() => {});
  }

  /**
   * Aborting the call rejects it at once with the signal's reason; the other end is told.
   *
   * @throws what the other end throws, and what ended the connection; StageError `resource_exhausted` when too many wait.
   */
  async call<Kind extends CallKind>(kind: Kind, ask: BackendCalls[Kind]["ask"], { signal, transfer }: { readonly signal?: AbortSignal | undefined; readonly transfer?: ArrayBuffer[] } = {}): Promise<BackendCalls[Kind]["answer"]> {
    signal?.throwIfAborted();
    if (this.#lost) throw this.#lost;
    const { call, answered } = this.#send(kind, ask, signal !== undefined, transfer);
    if (!signal) return answered;
    const onAbort = (): void => {
      this.#take(call)?.reject(signal.reason);
      this.tell("abort", { of: call });
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await answered;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Rejects all that waits and what is called later. */
  end(reason: StageError): void {
    if (this.#lost) return;
    this.#lost = reason;
    this.#stop();
    for (const call of this.#waiting.keys()) this.#take(call)?.reject(reason);
  }

  #send<Kind extends CallKind>(kind: Kind, ask: BackendCalls[Kind]["ask"], isAbortable = false, transfer?: ArrayBuffer[]): { readonly call: number; readonly answered: Promise<BackendCalls[Kind]["answer"]> } {
    if (this.#waiting.size >= mostWaiting && !freeing.has(kind)) {
      throw new StageError("resource_exhausted", `backend: ${mostWaiting} calls wait for the other end of its port; await some of them`);
    }
    const call = this.#calls++;
    const answered = new Promise<BackendCalls[Kind]["answer"]>((resolve, reject) => {
      if (this.#waiting.size === 0) this.#port.ref?.();
      this.#waiting.set(call, { resolve, reject });
    });
    this.#requests.add({ kind, call, isAbortable, ask } as Request, transfer);
    return { call, answered };
  }

  #hear(message: unknown): void {
    const { answers, statistics } = Object(message) as Partial<AnswersMessage>;
    if (!answers || !statistics) return;
    this.#statistics = statistics;
    for (const answer of answers) this.#settle(answer);
  }

  #settle(answer: Answer): void {
    const waiting = this.#take(answer.call);
    if ("failure" in answer) waiting?.reject(errorOf(answer.failure));
    else waiting?.resolve(answer.value as never);
  }

  #take(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call);
    if (this.#waiting.delete(call) && this.#waiting.size === 0) this.#port.unref?.();
    return waiting;
  }
}
