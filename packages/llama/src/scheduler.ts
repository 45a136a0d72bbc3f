/** Shares forward passes between sequences: whatever waits when a pass begins goes into its batch. */
import { StageError } from "@iftk/core";
import type { AdapterSet } from "./adapter-set.js";
import { Batch } from "./batch.js";
import type { DecodeResult, LlamaContext } from "./llama-context.js";
import { type Pass, planAlone, planPass, type PassLimits, type Plannable, remaining, type Slice } from "./pass-plan.js";
import type { RowCollector } from "./row-collector.js";

export interface ForwardRequest {
  readonly sequence: number;
  /** Tokens that the sequence held before. */
  readonly start: number;
  readonly tokens: Int32Array;
  readonly adapters: AdapterSet;
  readonly signal: AbortSignal | undefined;
}

interface Request extends ForwardRequest, Plannable {
  readonly onAbort: () => void;
  /** Called when all is processed, with the row of the pass that is that of the last token. */
  readonly finish: (row: number) => void;
  readonly reject: (reason: unknown) => void;
  processed: number;
  isSettled: boolean;
}

/** Something that needs the context for itself for a while. */
interface Job {
  readonly run: () => Promise<void>;
  readonly reject: (reason: unknown) => void;
}

/** A queue of forward calls over one context, and of the changes to its cells that wait for a pass to end. */
export class Scheduler {
  decodes = 0;
  tokens = 0;
  readonly #context: LlamaContext;
  readonly #batch: Batch;
  readonly #limits: PassLimits;
  /** All that are not settled, oldest first. */
  readonly #requests = new Set<Request>();
  /** Those that were in a pass which found no cells: each is tried without the others. */
  #alone: Request[] = [];
  #running: readonly Slice<Request>[] = [];
  readonly #jobs: Job[] = [];
  /** Whether a pass or a job runs. */
  #isRunning = false;
  #wasJob = false;
  #isScheduled = false;
  #changes: (() => void)[] = [];
  #onIdle: (() => void) | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(context: LlamaContext, batchSize: number) {
    this.#context = context;
    this.#batch = new Batch(batchSize);
    this.#limits = { tokens: batchSize, rows: context.rows };
  }

  get pending(): number {
    return this.#requests.size;
  }

  /** Appends tokens to a sequence and gives the logits after the last; they are overwritten by a later pass. */
  forward(request: ForwardRequest): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#add(request, undefined, (row) => resolve(this.#context.logits(row)), reject);
    });
  }

  /** Appends tokens to a sequence and collects the rows that are wanted. */
  forwardRows(request: ForwardRequest, output: RowCollector): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#add(request, output, () => resolve(), reject);
    });
  }

  #add(request: ForwardRequest, output: RowCollector | undefined, finish: Request["finish"], reject: Request["reject"]): void {
    const { sequence, start, tokens, adapters, signal } = request;
    const onAbort = () => this.#abandon(added, signal?.reason);
    const added: Request = { sequence, start, tokens, adapters, signal, output, onAbort, finish, reject, processed: 0, isSettled: false };
    this.#requests.add(added);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#schedule();
  }

  /**
   * Runs a job between two passes; jobs and passes take turns. After an abort the promise rejects at once,
   * and a job that runs already goes on to its end unheard.
   */
  exclusive<Result>(run: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#stopped !== undefined) return reject(this.#stopped.reason);
      const settle = <Value>(settled: (value: Value) => void) => (value: Value) => {
        signal?.removeEventListener("abort", onAbort);
        settled(value);
      };
      const job: Job = { run: () => run().then(settle(resolve), settle(reject)), reject: settle(reject) };
      const onAbort = () => {
        const index = this.#jobs.indexOf(job);
        if (index >= 0) this.#jobs.splice(index, 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#jobs.push(job);
      this.#schedule();
    });
  }

  /** Gives up the call that a sequence waits for, if any. */
  giveUp(sequence: number, reason: unknown): void {
    for (const request of this.#requests) {
      if (request.sequence === sequence) return this.#abandon(request, reason);
    }
  }

  /** Changes cells once nothing reads them: at once, or when the running pass or job has ended, in the order of the calls. */
  change(change: () => void): void {
    if (this.#isRunning) this.#changes.push(change);
    else change();
  }

  /** Rejects all that waits or runs, save a job that runs, and resolves when nothing does any more. */
  async stop(reason: unknown): Promise<void> {
    this.#stopped = { reason };
    for (const request of this.#requests) this.#abandon(request, reason);
    for (const job of this.#jobs.splice(0)) job.reject(reason);
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
    if (this.#isScheduled || this.#isRunning || (this.#requests.size === 0 && this.#jobs.length === 0)) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    const job = this.#wasJob && this.#requests.size > 0 ? undefined : this.#jobs.shift();
    this.#wasJob = job !== undefined;
    if (job !== undefined) {
      this.#isRunning = true;
      void job.run().then(() => this.#next());
      return;
    }
    const pass = this.#plan();
    if (pass.slices.length === 0) return;
    this.#batch.clear();
    for (const { request, count } of pass.slices) {
      const { sequence, start, tokens, processed, output } = request;
      const last = tokens.length - 1;
      let ahead = 0;
      for (let index = processed; index < processed + count; index++) {
        let isOutput = index === last;
        if (output !== undefined) {
          const isWanted = output.next(ahead) === index;
          if (isWanted) ahead++;
          isOutput = isWanted || pass.embeddings;
        }
        this.#batch.add(tokens[index] ?? 0, start + index, sequence, isOutput);
      }
    }
    this.#running = pass.slices;
    this.#isRunning = true;
    this.#context.decode(this.#batch, pass, (result) => this.#end(pass.slices, result));
  }

  #plan(): Pass<Request> {
    for (let request = this.#alone.shift(); request !== undefined; request = this.#alone.shift()) {
      if (!request.isSettled) return planAlone(request, this.#limits);
    }
    return planPass(this.#requests, this.#limits);
  }

  #end(slices: readonly Slice<Request>[], result: DecodeResult): void {
    this.#running = [];
    this.#isRunning = false;
    if (result.type === "done") this.#finish(slices);
    else this.#recover(slices, result);
    this.#next();
  }

  /** Makes the changes that waited and lets the next pass or job begin. */
  #next(): void {
    this.#isRunning = false;
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) change();
    this.#onIdle?.();
    this.#schedule();
  }

  #finish(slices: readonly Slice<Request>[]): void {
    this.decodes++;
    this.tokens += this.#batch.length;
    let row = -1;
    for (const { request, count } of slices) {
      row += count;
      request.processed += count;
      try {
        if (!request.isSettled) {
          request.output?.collect(this.#context, request.processed, row + 1 - request.processed);
          if (remaining(request) === 0) {
            request.finish(row);
            this.#settle(request);
          }
        }
      } catch (error) {
        this.#abandon(request, error);
      }
      // What had its turn goes behind those who wait, so that prompts that do not all fit take turns.
      if (this.#requests.delete(request)) this.#requests.add(request);
    }
  }

  #recover(slices: readonly Slice<Request>[], result: Exclude<DecodeResult, { type: "done" }>): void {
    for (const { request } of slices) this.#context.cut(request.sequence, request.start + request.processed);
    const waiting = slices.map(({ request }) => request).filter(({ isSettled }) => !isSettled);
    // Whoever an aborted pass was not aborted for goes into the next one.
    if (result.type === "aborted") return;
    if (result.type === "full" && slices.length > 1) {
      this.#alone = waiting.toSorted((one, other) => remaining(one) - remaining(other));
      return;
    }
    const error = result.type !== "failed" ? this.#context.fullError() : new StageError("internal", `backend: the forward pass failed: ${result.detail}`);
    for (const request of waiting) this.#abandon(request, error);
  }

  #abandon(request: Request, reason: unknown): void {
    if (request.isSettled) return;
    this.#settle(request);
    request.reject(reason);
    const { sequence, start } = request;
    this.change(() => this.#context.cut(sequence, start));
    if (this.#running.length > 0 && this.#running.every(({ request }) => request.isSettled)) this.#context.abort();
  }

  #settle(request: Request): void {
    request.isSettled = true;
    this.#requests.delete(request);
    request.signal?.removeEventListener("abort", request.onAbort);
  }
}
