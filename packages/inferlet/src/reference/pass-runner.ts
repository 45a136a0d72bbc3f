/** Runs passes side by side, a step of each in turn, and lets the event loop turn between. */
import { macrotask } from "@iftk/core/authoring";

/** Time after which others have their turn. */
const sliceMilliseconds = 5;

// Taken at load, as above it a test's virtual clock may stand still.
const now = performance.now.bind(performance);

/** A pass that is under way. */
export interface RunningPass<T> {
  readonly result: Promise<T>;
  /** Rejects the result, unless it is settled; not a step more is taken. */
  giveUp(reason: unknown): void;
}

interface Task {
  /** Takes a step and says whether the pass is settled. */
  step(): boolean;
  giveUp(reason: unknown): void;
}

/** Takes the steps of all passes that are under way, as long as there are any. */
export class PassRunner {
  readonly #tasks = new Set<Task>();
  #isRunning = false;

  get pending(): number {
    return this.#tasks.size;
  }

  /** Begins a pass in the next turn of the event loop; aborting the signal gives it up. */
  start<T>(steps: Iterator<undefined, T>, signal?: AbortSignal): RunningPass<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (): boolean => {
      signal?.removeEventListener("abort", onAbort);
      return this.#tasks.delete(task);
    };
    const task: Task = {
      step: () => {
        try {
          const { done, value } = steps.next();
          if (done !== true) return false;
          settle();
          resolve(value);
        } catch (error) {
          settle();
          reject(error);
        }
        return true;
      },
      giveUp: (reason) => {
        if (settle()) reject(reason);
      },
    };
    const onAbort = (): void => task.giveUp(signal?.reason);
    this.#tasks.add(task);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (!this.#isRunning) void this.#run();
    return { result: promise, giveUp: task.giveUp };
  }

  /** Gives up all. */
  stop(reason: unknown): void {
    for (const task of this.#tasks) task.giveUp(reason);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#tasks.size > 0) {
      await macrotask();
      const end = now() + sliceMilliseconds;
      for (let [task] = this.#tasks; task !== undefined && now() < end; [task] = this.#tasks) {
        // Whoever gets a result uses it in the microtasks that follow, before the next pass overwrites it.
        if (task.step()) break;
        this.#tasks.delete(task);
        this.#tasks.add(task);
      }
    }
    this.#isRunning = false;
  }
}
