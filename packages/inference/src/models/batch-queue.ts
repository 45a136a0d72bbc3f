/** Calls that wait to be done together. */
import { StageError, type Call } from "@iftk/core";
import { equalityKey } from "./equality-key.js";

/** Does many inputs at once: a result for each, or the error that it alone failed with. */
export type RunBatch = (inputs: readonly unknown[], call: Pick<Call, "signal">) => Promise<readonly unknown[]>;

interface BatchQueueOptions {
  /** What errors call it. */
  readonly name: string;
  readonly size: number;
  readonly delay: number;
  readonly maxWaiting: number;
}

/** A caller who is there for the result. */
interface Caller {
  readonly input: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls with equal parameters that are done together: they wait, and then they run. */
interface Group {
  readonly runBatch: RunBatch;
  readonly callers: Set<Caller>;
  readonly stop: AbortController;
  readonly timer: ReturnType<typeof setTimeout>;
  isRunning: boolean;
}

/** Groups calls by their parameters; a group goes when it is full, or when its first caller has waited long enough. */
export class BatchQueue {
  readonly #options: BatchQueueOptions;
  /** Those that wait, by the key of their parameters. */
  readonly #groups = new Map<unknown, Group>();
  readonly #running = new Set<Promise<void>>();
  /** Inputs that wait, or are in a batch that runs. */
  #count = 0;
  #isClosed = false;

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  /** The result for one input; rejects at once with the reason when the signal fires. */
  join(input: unknown, parameters: unknown, runBatch: RunBatch, signal: AbortSignal): Promise<unknown> {
    const { name, size, maxWaiting } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#isClosed) return reject(this.#closed());
      if (this.#count >= maxWaiting) return reject(new StageError("resource_exhausted", `${name}: ${maxWaiting} calls are waiting for their batches already; try again later, or make maxWaiting larger`, { reason: "queue-full" }));
      const key = equalityKey(parameters);
      const group = this.#groups.get(key) ?? this.#open(key, runBatch);
      const leave = (): void => {
        reject(signal.reason);
        this.#leave(key, group, caller, signal.reason);
      };
      const told = (): void => signal.removeEventListener("abort", leave);
      const caller: Caller = {
        input,
        resolve(result) {
          told();
          resolve(result);
        },
        reject(error) {
          told();
          reject(error);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      group.callers.add(caller);
      this.#count++;
      if (group.callers.size >= size) this.#start(key, group);
    });
  }

  /** Rejects those that wait; resolves when the batches that run are through. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const [key, group] of this.#groups) {
      this.#take(key, group);
      this.#count -= group.callers.size;
      for (const { reject } of group.callers) reject(this.#closed());
    }
    await Promise.all(this.#running);
  }

  #open(key: unknown, runBatch: RunBatch): Group {
    const timer = setTimeout(() => this.#start(key, group), this.#options.delay);
    const group: Group = { runBatch, callers: new Set(), stop: new AbortController(), timer, isRunning: false };
    this.#groups.set(key, group);
    return group;
  }

  /** Takes the group out of those that wait. */
  #take(key: unknown, { timer }: Group): void {
    clearTimeout(timer);
    this.#groups.delete(key);
  }

  #start(key: unknown, group: Group): void {
    this.#take(key, group);
    group.isRunning = true;
    const run = this.#run(group).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #leave(key: unknown, group: Group, caller: Caller, reason: unknown): void {
    group.callers.delete(caller);
    if (!group.isRunning) this.#count--;
    if (group.callers.size > 0) return;
    if (group.isRunning) group.stop.abort(reason);
    else this.#take(key, group);
  }

  async #run({ runBatch, callers, stop }: Group): Promise<void> {
    const all = [...callers];
    try {
      const results = await runBatch(
        all.map(({ input }) => input),
        { signal: stop.signal },
      );
      for (const [index, caller] of all.entries()) {
        const result = results[index];
        if (result instanceof Error) caller.reject(result);
        else caller.resolve(result);
      }
    } catch (error) {
      for (const caller of all) caller.reject(error);
    } finally {
      this.#count -= all.length;
    }
  }

  #closed(): StageError {
    return new StageError("unavailable", `${this.#options.name}: its batches are closed`);
  }
}
