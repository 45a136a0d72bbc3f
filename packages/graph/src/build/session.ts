/** One pass through a plan: its sinks run by themselves, its output is read; one failure ends all. */
import { ready, StageError, type Batch, type Call, type ReadyReader, type ReadyStream, type Stream } from "@iftk/core";
import { readerOf } from "@iftk/core/authoring";
import { EndReader } from "./end-reader.js";
import { guard } from "./lift.js";
import type { PlanNode } from "./plan.js";
import type { WiredSink, Wirer } from "./wiring.js";

/** What a session is told by whoever runs it. */
export interface SessionWatcher {
  /** Whether the others go on when this one fails: a sink, or the output where it is undefined. */
  readonly isIsolated?: (sink: PlanNode | undefined) => boolean;
  readonly onFailure?: (error: unknown, sink: PlanNode | undefined) => void;
}

/** Something that is thrown, be it undefined. */
interface Failure {
  readonly error: unknown;
}

/** Milliseconds that a sink has to finish after it was told to stop. */
const grace = 2000;

/** Runs the sinks of a plan, and reads its output. */
export class Session implements ReadyReader<unknown> {
  /** Resolves when the sinks and the output have ended, rejects when one failed whose failure ends all. */
  readonly done: Promise<void>;
  /** Ends everything that the session has opened. */
  readonly #all = new AbortController();
  /** Stops the sinks. */
  readonly #sinks = new AbortController();
  readonly #watcher: SessionWatcher;
  readonly #output: ReadyReader<unknown> | undefined;
  readonly #running = new Set<Promise<void>>();
  #open: number;
  #failed = 0;
  #failure: Failure | undefined;
  /** The first failure of those that end no others. */
  #isolated: Failure | undefined;
  #isOutputOver = false;
  #isClosed = false;
  #settle: () => void = () => {};
  /** What begins the sinks: gone when it is done. */
  #start: (() => void) | undefined;

  constructor(wirer: Wirer, input: Stream<unknown>, call: Pick<Call, "deadline" | "values">, watcher: SessionWatcher = {}) {
    this.#watcher = watcher;
    const { deadline, values } = call;
    const shared = { deadline, values, signal: this.#all.signal };
    const { output, sinks } = wirer.wire(input, shared);
    const branches = sinks.length + (output ? 1 : 0);
    this.#open = branches;
    const over = new Promise<void>((resolve) => (this.#settle = resolve));
    this.done = over.then(() => {
      const failure = this.#failure ?? (this.#failed === branches ? this.#isolated : undefined);
      if (failure) throw failure.error;
    });
    this.done.catch(() => {}); // who waits for it is told; nobody has to
    this.#output = output && new EndReader(readerOf(output), () => this.#onOutputEnd(), (error) => this.#onOutputFailure(error));
    this.#start = () => {
      for (const sink of sinks) this.#begin(sink, { deadline, values });
    };
  }

  /** Begins the sinks, if they have not begun; the first read does so, too. */
  begin(): void {
    const start = this.#start;
    this.#start = undefined;
    start?.();
  }

  #begin({ node, input, run }: WiredSink, call: Pick<Call, "deadline" | "values">): void {
    const own = new AbortController();
    const { signal } = this.#sinks;
    const stop = (): void => own.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const guarded = guard(input, { ...call, signal: own.signal }) as ReadyStream<unknown>;
    const begin = async (): Promise<void> => (signal.aborted ? undefined : run(guarded, { ...call, signal: own.signal }));
    const end = (failure?: Failure): void => {
      signal.removeEventListener("abort", stop);
      own.abort(failure?.error ?? new StageError("canceled", `${node.name} has ended`));
      leaveUnread(guarded);
      this.#running.delete(running);
      this.#end(node, failure);
    };
    const running: Promise<void> = begin().then(
      () => end(),
      (error: unknown) => end({ error }),
    );
    this.#running.add(running);
  }

  /** A branch has ended. */
  #end(sink: PlanNode | undefined, failure: Failure | undefined): void {
    this.#open--;
    if (failure && !this.#isClosed) {
      if (!this.#failure) this.#watcher.onFailure?.(failure.error, sink); // what comes after is its consequence
      this.#failed++;
      if (this.#watcher.isIsolated?.(sink)) this.#isolated ??= failure;
      else this.#fail(failure);
    }
    if (this.#open === 0) this.#settle();
  }

  #fail(failure: Failure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#all.abort(failure.error);
    this.#sinks.abort(failure.error);
    const left = (async () => this.#output?.close?.())(); // a read that is pending is rejected already
    void Promise.allSettled([this.#sinksEnded(), left]).then(this.#settle);
  }

  /** Fails everything, as when its caller gives up. */
  abort(reason: unknown): void {
    if (!this.#isClosed) this.#fail({ error: reason });
  }

  /** What the output gives; without one, the end, once all sinks have ended. */
  read(): Batch<unknown> | PromiseLike<Batch<unknown>> {
    this.begin();
    return this.#output && !this.#isOutputOver ? this.#output.read() : this.done.then(() => undefined);
  }

  #onOutputEnd(): Promise<undefined> {
    this.#endOutput(undefined);
    return this.done.then(() => undefined);
  }

  async #onOutputFailure(error: unknown): Promise<never> {
    this.#endOutput({ error });
    if (this.#failure) await this.done;
    throw error;
  }

  #endOutput(failure: Failure | undefined): void {
    if (this.#isOutputOver) return;
    this.#isOutputOver = true;
    this.#end(undefined, failure);
  }

  /** Leaves the output; the sinks go on. */
  async leaveOutput(): Promise<void> {
    const isOver = this.#isOutputOver;
    try {
      if (!isOver) await this.#output?.close?.();
    } finally {
      this.#endOutput(undefined);
    }
  }

  /** Stops everything, the sinks first, and resolves when that is through; one that does not stop is not waited for longer than two seconds. */
  async close(reason: unknown = new StageError("canceled", "the consumer stopped reading")): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sinks.abort(reason);
    try {
      await this.#sinksEnded();
      await this.leaveOutput();
    } finally {
      this.#all.abort(reason);
      this.#settle();
    }
  }

  async #sinksEnded(): Promise<void> {
    if (this.#running.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, grace)));
    await Promise.race([Promise.all(this.#running), late]);
    clearTimeout(timer);
  }
}

/** Leaves what was never read. */
function leaveUnread(stream: ReadyStream<unknown>): void {
  try {
    void Promise.resolve(stream[ready]().close?.()).catch(() => {});
  } catch {
    // it has had its consumer
  }
}
