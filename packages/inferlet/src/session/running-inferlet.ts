/** One run of a program, read from outside. */
import { StageError, type Call, type Stream } from "@iftk/core";
import { asOfNow, inRun, type ProgramRun } from "./current-session.js";
import { checkSize, type FileMessage } from "./file-message.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { ProgramOver, ProgramRuntime } from "./program-runtime.js";
import { runtimeValue, type Runtime } from "./runtime.js";
import type { FileOptions, Session } from "./session.js";

// Taken at load, so that a test's virtual clock cannot hold up a consumer that leaves.
const { setTimeout } = globalThis;

/** A program, and what is read of its run. */
export interface Run<T> {
  readonly program: (session: Session) => unknown;
  readonly maxFileBytes: number;
  readonly asSent: (message: unknown) => T;
  /** Without it the value that the program returns is not read. */
  readonly asReturned?: (value: unknown) => T;
}

/** Starts the program at the first read; after that it moves when it is read. */
export class RunningInferlet<T> implements AsyncIterator<T, undefined> {
  readonly #run: Run<T>;
  readonly #call: Call;
  readonly #inbox: Inbox;
  readonly #outbox = new Outbox<T>();
  readonly #stop = new AbortController();
  /** By which the program finds its session. */
  readonly #current: ProgramRun = {};
  #runtime: ProgramRuntime | undefined;
  /** Whether the program was held up in a send when it was to end, so that it is waited for as a generator at its `yield` is. */
  #wasHolding = false;
  #over: Promise<{ readonly error: unknown } | undefined> | undefined;

  constructor(run: Run<T>, input: Stream<unknown>, call: Call) {
    this.#run = run;
    this.#call = call;
    this.#inbox = new Inbox(asOfNow(input));
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const answer = this.#outbox.next();
    this.#over ??= this.#start();
    return answer;
  }

  /** The reader has left: the program hears of it and comes to its end; one that is deaf is not waited for. */
  async return(): Promise<IteratorResult<T, undefined>> {
    const left = new StageError("canceled", "the reader of the session has left");
    this.#abort(left);
    const over = this.#over ?? this.#inbox.close(left).then(() => undefined);
    const failure = await (this.#wasHolding ? over : Promise.race([over, new Promise<undefined>((resolve) => void setTimeout(resolve, 0))]));
    if (failure && failure.error !== this.#stop.signal.reason && !isCanceled(failure.error)) throw failure.error;
    return { done: true, value: undefined };
  }

  async #start(): Promise<{ readonly error: unknown } | undefined> {
    const { signal } = this.#call;
    const onAbort = (): void => this.#abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    let failure: { readonly error: unknown } | undefined;
    try {
      signal.throwIfAborted();
      const session = (this.#current.session = this.#session());
      const value = await inRun(this.#current, () => this.#run.program(session));
      if (this.#run.asReturned) void this.#outbox.send(this.#run.asReturned(value));
    } catch (error) {
      failure = { error };
    }
    const over = new ProgramOver();
    for (const closing of await Promise.allSettled([this.#inbox.close(over), this.#runtime?.end(over)])) if (closing.status === "rejected") failure ??= { error: closing.reason as unknown };
    this.#current.session = undefined;
    signal.removeEventListener("abort", onAbort);
    this.#outbox.end(failure);
    return failure;
  }

  #abort(reason: unknown): void {
    if (!this.#stop.signal.aborted) this.#wasHolding = this.#outbox.isHolding;
    inRun(this.#current, () => this.#stop.abort(reason)); // its listeners are the program's
    this.#outbox.drop(this.#stop.signal.reason);
    this.#runtime?.interrupt(this.#stop.signal.reason);
  }

  #session(): Session {
    const [run, inbox, outbox, { signal }] = [this.#run, this.#inbox, this.#outbox, this.#stop];
    const runtimeOf = (): Runtime => this.#runtimeOfProgram();
    const next = (kind: "message" | "file"): Promise<IteratorResult<unknown, undefined>> => (signal.aborted ? Promise.reject(signal.reason) : inbox.next(kind));
    const session: Session = {
      signal,
      deadline: this.#call.deadline,
      get runtime(): Runtime {
        return runtimeOf();
      },
      send: (message) => outbox.send(run.asSent(message)),
      receive: () => harmless(next("message").then(({ value }) => value)),
      sendFile: async (bytes: Uint8Array, options: FileOptions = {}) => outbox.send(run.asSent(checkSize({ ...options, type: "file", bytes }, run.maxFileBytes))),
      receiveFile: async () => {
        const { value } = await next("file");
        return value === undefined ? undefined : checkSize(value as FileMessage, run.maxFileBytes);
      },
      [Symbol.asyncIterator]: () => ({ next: () => next("message") }),
    };
    return session;
  }

  #runtimeOfProgram(): Runtime {
    if (!this.#runtime) {
      const runtime = runtimeValue.of(this.#call);
      if (!runtime) throw new StageError("failed_precondition", "session: the program runs as a plain stage, so it has no runtime; spawn it");
      this.#runtime = new ProgramRuntime(runtime);
      if (!this.#current.session) void this.#runtime.end(new ProgramOver());
    }
    return this.#runtime.runtime;
  }
}

/** Whether an error says that something was given up, such as a pass that was taken from the program: to one that is stopped it is no failure. */
function isCanceled(error: unknown): boolean {
  return StageError.is(error) && error.code === "canceled";
}

/** A promise whose rejection harms no one who does not await it. */
function harmless<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
