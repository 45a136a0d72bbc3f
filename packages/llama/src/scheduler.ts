/** Shares forward passes between sequences: whatever waits when a pass begins goes into its batch. */
import { StageError } from "@iftk/core";
import { Batch } from "./batch.js";
import type { DecodeResult, LlamaContext } from "./llama-context.js";

/** Tokens of prompts in a pass that single tokens of running conversations wait for. */
const promptTokensBesideOthers = 64;

interface Request {
  readonly sequence: number;
  /** Tokens that the sequence held before. */
  readonly start: number;
  readonly tokens: Int32Array;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: () => void;
  readonly resolve: (logits: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
  /** Tokens that have gone through a pass. */
  processed: number;
  isSettled: boolean;
}

/** The part of a request that goes into one pass. */
interface Slice {
  readonly request: Request;
  readonly count: number;
}

export interface ForwardRequest {
  readonly sequence: number;
  readonly start: number;
  readonly tokens: Int32Array;
  readonly signal: AbortSignal | undefined;
}

/** A queue of forward calls over one context, and of the changes to its cells that wait for a pass to end. */
export class Scheduler {
  decodes = 0;
  tokens = 0;
  readonly #context: LlamaContext;
  readonly #batch: Batch;
  /** All that are not settled, oldest first. */
  readonly #requests = new Set<Request>();
  /** Those that were in a pass which found no cells: each is tried without the others. */
  #alone: Request[] = [];
  #running: readonly Slice[] = [];
  #isRunning = false;
  #isScheduled = false;
  #changes: (() => void)[] = [];
  #onIdle: (() => void) | undefined;

  constructor(context: LlamaContext, batchSize: number) {
    this.#context = context;
    this.#batch = new Batch(batchSize);
  }

  get pending(): number {
    return this.#requests.size;
  }

  /** Appends tokens to a sequence and gives the logits after the last; they are overwritten by a later pass. */
  forward({ sequence, start, tokens, signal }: ForwardRequest): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#abandon(request, signal?.reason);
      const request: Request = { sequence, start, tokens, signal, onAbort, resolve, reject, processed: 0, isSettled: false };
      this.#requests.add(request);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#schedule();
    });
  }

  /** Gives up the call that a sequence waits for, if any. */
  giveUp(sequence: number, reason: unknown): void {
    for (const request of this.#requests) {
      if (request.sequence === sequence) return this.#abandon(request, reason);
    }
  }

  /** Changes cells once no pass reads them: at once, or when the running pass has ended, in the order of the calls. */
  change(change: () => void): void {
    if (this.#isRunning) this.#changes.push(change);
    else change();
  }

  /** Rejects all that waits or runs, and resolves when no pass runs any more. */
  async stop(reason: unknown): Promise<void> {
    for (const request of this.#requests) this.#abandon(request, reason);
    if (!this.#isRunning) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /**
   * Begins the next pass in a macrotask of its own: by then whoever got logits from the last one has
   * used them in its microtasks and asked for the next token, which so comes into the same batch.
   */
  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || this.#requests.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    const slices = this.#plan();
    if (slices.length === 0) return;
    this.#batch.clear();
    for (const { request, count } of slices) {
      const { sequence, start, tokens, processed } = request;
      for (let index = processed; index < processed + count; index++) {
        this.#batch.add(tokens[index] ?? 0, start + index, sequence, index === tokens.length - 1);
      }
    }
    this.#running = slices;
    this.#isRunning = true;
    this.#context.decode(this.#batch, (result) => this.#end(slices, result));
  }

  /** Every waiting single token, and an equal share for each prompt in the room that is left. */
  #plan(): readonly Slice[] {
    for (let request = this.#alone.shift(); request !== undefined; request = this.#alone.shift()) {
      if (!request.isSettled) return [{ request, count: Math.min(remaining(request), this.#batch.capacity) }];
    }
    const singles: Request[] = [];
    const prompts: Request[] = [];
    for (const request of this.#requests) (remaining(request) === 1 ? singles : prompts).push(request);

    const capacity = this.#batch.capacity;
    const slices = singles.slice(0, prompts.length > 0 ? capacity - 1 : capacity).map((request) => ({ request, count: 1 }));
    let room = capacity - slices.length;
    if (slices.length > 0) room = Math.min(room, promptTokensBesideOthers);
    for (const [index, request] of prompts.entries()) {
      const count = Math.min(remaining(request), Math.ceil(room / (prompts.length - index)));
      if (count === 0) break;
      slices.push({ request, count });
      room -= count;
    }
    return slices;
  }

  #end(slices: readonly Slice[], result: DecodeResult): void {
    this.#running = [];
    this.#isRunning = false;
    if (result.type === "done") this.#finish(slices);
    else this.#recover(slices, result);
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) change();
    this.#onIdle?.();
    this.#schedule();
  }

  #finish(slices: readonly Slice[]): void {
    this.decodes++;
    this.tokens += this.#batch.length;
    let row = -1;
    for (const { request, count } of slices) {
      row += count;
      request.processed += count;
      if (request.isSettled || remaining(request) > 0) {
        // What had its turn goes behind those who wait, so that prompts that do not all fit take turns.
        if (this.#requests.delete(request)) this.#requests.add(request);
        continue;
      }
      try {
        const logits = this.#context.logits(row);
        this.#settle(request);
        request.resolve(logits);
      } catch (error) {
        this.#abandon(request, error);
      }
    }
  }

  #recover(slices: readonly Slice[], result: Exclude<DecodeResult, { type: "done" }>): void {
    for (const { request } of slices) this.#context.cut(request.sequence, request.start + request.processed);
    const waiting = slices.map(({ request }) => request).filter(({ isSettled }) => !isSettled);
    // Whoever an aborted pass was not aborted for goes into the next one.
    if (result.type === "aborted") return;
    if (result.type === "full" && slices.length > 1) {
      this.#alone = waiting.toSorted((one, other) => remaining(one) - remaining(other));
      return;
    }
    const error =
      result.type !== "failed"
        ? new StageError("resource_exhausted", `backend: the ${this.#context.cells} cells that all sequences share are used up; release or trim sequences, or open the model with more cells`)
        : new StageError("internal", `backend: the forward pass failed: ${result.detail}`);
    for (const request of waiting) this.#abandon(request, error);
  }

  #abandon(request: Request, reason: unknown): void {
    if (request.isSettled) return;
    this.#settle(request);
    request.reject(reason);
    const { sequence, start } = request;
    this.change(() => this.#context.cut(sequence, start));
    if (this.#isRunning && this.#running.every(({ request }) => request.isSettled)) this.#context.abort();
  }

  #settle(request: Request): void {
    request.isSettled = true;
    this.#requests.delete(request);
    request.signal?.removeEventListener("abort", request.onAbort);
  }
}

function remaining(request: Request): number {
  return request.tokens.length - request.processed;
}
