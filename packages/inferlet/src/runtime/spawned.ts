/** A program that is run within limits. */
import { bidi, StageError, type Bidi, type Call, type Stream } from "@iftk/core";
import type { Outcome } from "../session/inferlet.js";
import type { SpawnLimits } from "../session/runtime.js";
import { Meter } from "./meter.js";

/** How a program came to its end: by itself, because its caller wants no more, or because it broke a limit or the runtime is closed. */
export type Ending = "over" | "left" | "limit";

/** A program that runs. */
export interface Started {
  readonly outcomes: Stream<Outcome>;
  /** What the failure of the outcomes really is. */
  readonly failureOf: (error: unknown) => unknown;
  /** Resolves when its `finally` blocks have run, where there is time for them; what it holds is then about to be freed, of which the inner promise tells. */
  readonly close: (how: Ending) => Promise<{ readonly freed?: Promise<unknown> }>;
}

/** What a program is started with. */
export interface Start {
  readonly input: Stream<unknown>;
  /** Fires when the program is to end. */
  readonly signal: AbortSignal;
  readonly deadline: number | undefined;
  readonly meter: Meter;
}

/** A program to be run, and its bounds. */
export interface Job {
  readonly name: string;
  readonly limits: SpawnLimits;
  /** Counts for the program that spawns it. */
  readonly parent: Meter | undefined;
  /** Fires when the runtime is closed. */
  readonly closing: AbortSignal;
  /** Takes a place among those that run, and gives the function that gives it back. */
  readonly enter: () => (freed?: Promise<unknown>) => void;
  readonly start: (start: Start) => Started;
}

/** The outcomes of a job; each run of the stage starts it anew. */
export function spawned(job: Job): Bidi<unknown, Outcome> {
  const start = (input: Stream<unknown>, call: Call): Stream<Outcome> => ({ [Symbol.asyncIterator]: () => new SpawnedRun(job, input, call) });
  return bidi(Object.defineProperty(start, "name", { value: job.name }));
}

/** One run, which knows why it ends. */
class SpawnedRun implements AsyncIterator<Outcome> {
  readonly #job: Job;
  readonly #input: Stream<unknown>;
  readonly #call: Call;
  readonly #stop = new AbortController();
  readonly #outcomes: AsyncGenerator<Outcome>;
  #reading: AsyncIterator<unknown> | undefined;
  #ending: Ending = "over";

  constructor(job: Job, input: Stream<unknown>, call: Call) {
    this.#job = job;
    this.#input = input;
    this.#call = call;
    this.#outcomes = this.#run();
  }

  next(): Promise<IteratorResult<Outcome>> {
    return this.#outcomes.next();
  }

  return(): Promise<IteratorResult<Outcome>> {
    this.#end("left", new StageError("canceled", `runtime: nobody reads ${this.#job.name} any more`));
    return this.#outcomes.return(undefined);
  }

  #end(how: Ending, reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#ending = how;
    this.#stop.abort(reason);
    this.#reading?.return?.().catch(() => {}); // whoever closes it is told
  }

  async *#run(): AsyncGenerator<Outcome> {
    const { name, limits, parent, closing, enter, start } = this.#job;
    const { signal, deadline } = this.#call;
    const leave = enter();
    const onAbort = (): void => this.#end("left", signal.reason);
    const onClose = (): void => this.#end("limit", closing.reason);
    const onLate = (): void => this.#end("limit", tooLate(name, limits.time));
    const timer = limits.time === undefined ? undefined : setTimeout(onLate, limits.time);
    signal.addEventListener("abort", onAbort, { once: true });
    closing.addEventListener("abort", onClose, { once: true });
    let started: Started | undefined;
    try {
      const meter = new Meter(limits.tokens, parent, (error) => this.#end("limit", error));
      const input: Stream<unknown> = { [Symbol.asyncIterator]: () => (this.#reading = this.#input[Symbol.asyncIterator]()) };
      started = start({ input, signal: this.#stop.signal, deadline, meter });
      yield* started.outcomes;
    } catch (error) {
      const stopped = this.#stop.signal;
      throw stopped.aborted ? stopped.reason : started ? started.failureOf(error) : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      closing.removeEventListener("abort", onClose);
      const closed = await started?.close(this.#ending).catch(() => undefined); // what it threw was told
      leave(closed?.freed);
    }
  }
}

function tooLate(name: string, time: number | undefined): StageError {
  return new StageError("deadline_exceeded", `runtime: ${name} ran for longer than the ${time} ms that it may`, { reason: "time" });
}

/** Milliseconds that a timer reaches. */
export const longestTimer: number = 2 ** 31 - 1;

/** The least heap that a thread starts with. */
const leastMemory = 16 * 2 ** 20;

/** @throws StageError `invalid_argument` for a limit that makes no sense. */
export function checkLimits({ time, memory, tokens }: SpawnLimits): void {
  checkNumber("the limit of time", time, 1, longestTimer);
  checkNumber("the limit of memory", memory, leastMemory);
  checkNumber("the limit of tokens", tokens, 0);
}

/** @throws StageError `invalid_argument` for a number that is not between two others; one that is left out is fine. */
export function checkNumber(what: string, value: number | undefined, least: number, most = Infinity): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new StageError("invalid_argument", `runtime: ${what} must be a number from ${least}${most < Infinity ? ` to ${most}` : " on"}, not ${String(value)}`);
}
