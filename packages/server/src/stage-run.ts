/** One run of a stage on behalf of a request, and its writing as frames. */
import { StageError } from "@iftk/core";
import type { OutputStream, Stream, Unary } from "@iftk/core";
import { encodeFrame, encodeValue, heartbeat, toErrorFields } from "@iftk/wire";

/** A stage that takes one value, whatever the type of it. */
export type ServedStage = Unary<unknown, unknown> | OutputStream<unknown, unknown>;

/** Where the text of a body goes. */
export interface TextSink {
  /** Takes the text; gives a promise where the writer must wait before it writes more. */
  write(text: string): Promise<void> | undefined;
}

export interface StageRunOptions {
  /** Milliseconds between two heartbeats; 0 for none. */
  readonly heartbeat: number;
  /** Hears each error that the stage ends with, its cause and all. */
  readonly onError: (error: unknown) => void;
  /** Called once, when nothing of the run is left. */
  readonly onFinish: () => void;
}

const longestTimer = 2 ** 31 - 1;

/** A stage that is running for a caller who may leave at any time. */
export class StageRun {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #options: StageRunOptions;
  readonly #iterator: AsyncIterator<unknown, unknown>;
  readonly #first: Promise<IteratorResult<unknown, unknown>>;
  #isFinished = false;

  /** Starts the stage; it is canceled when the caller's signal fires. */
  constructor(stage: ServedStage, input: unknown, caller: AbortSignal, options: StageRunOptions) {
    this.#caller = caller;
    this.#options = options;
    this.#iterator = valuesOf(stage, input, this.#controller.signal);
    if (caller.aborted) this.#controller.abort(callerLeft());
    else caller.addEventListener("abort", this.cancel, { once: true });
    this.#first = this.#iterator.next();
    this.#first.catch(() => {}); // told by `ready`, `json` or `writeTo`; none is called where the caller left at once
  }

  /** Settles when the first value or the end is there, at the latest after `grace` milliseconds; rejects with the error of a stage that fails before. */
  async ready(grace: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waited = new Promise<void>((resolve) => {
      if (grace <= longestTimer) timer = setTimeout(resolve, grace);
    });
    try {
      await Promise.race([this.#first, waited]);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The one value of a unary stage as JSON; undefined where it gives none. */
  async json(): Promise<string | undefined> {
    try {
      const { done, value } = await this.#first;
      const json = done ? undefined : encodeValue(value);
      this.#finish();
      return json;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Writes all frames, a value at a time, until the end, an error or `cancel`. It never rejects. */
  async writeTo(sink: TextSink): Promise<void> {
    const { signal } = this.#controller;
    let blocked: Promise<void> | undefined;
    const write = (text: string): Promise<void> | undefined => {
      const wait = sink.write(text);
      if (!wait) return undefined;
      const done = wait.then(() => {
        if (blocked === done) blocked = undefined;
      });
      return (blocked = done);
    };
    const beat = (): void => {
      if (!blocked) void write(heartbeat);
    };
    const timer = this.#options.heartbeat > 0 && !signal.aborted ? setInterval(beat, Math.min(this.#options.heartbeat, longestTimer)) : undefined;
    let id = 0;
    try {
      let item = await this.#first;
      while (!item.done && !signal.aborted) {
        const wait = write(encodeFrame({ kind: "value", id: ++id, value: item.value }));
        if (wait) await wait;
        if (!signal.aborted) item = await this.#iterator.next();
      }
      if (!signal.aborted) void write(encodeFrame({ kind: "end", id: ++id }));
    } catch (error) {
      if (signal.aborted) return;
      await this.#leave();
      this.#fail(error);
      void write(encodeFrame({ kind: "error", id: ++id, error: toErrorFields(error) }));
    } finally {
      clearInterval(timer);
      this.#finish();
    }
  }

  /** Ends the run for a caller who left: the stage's signal fires before this returns. */
  readonly cancel = (): void => {
    if (this.#isFinished || this.#controller.signal.aborted) return;
    this.#controller.abort(callerLeft());
    void this.#leave().then(() => this.#finish());
  };

  /** Closes the stage and waits for its cleanup. */
  async #leave(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch (error) {
      if (error !== this.#controller.signal.reason) this.#report(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#controller.signal.aborted) this.#report(error);
    this.#finish();
  }

  #report(error: unknown): void {
    try {
      this.#options.onError(error);
    } catch {
      // A log that fails must not take the run's answer with it.
    }
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#caller.removeEventListener("abort", this.cancel);
    this.#options.onFinish();
  }
}

function callerLeft(): StageError {
  return new StageError("canceled", "The caller left.", { reason: "caller-left" });
}

/** The values of a stage; a unary stage that gives nothing has none. */
function valuesOf(stage: ServedStage, input: unknown, signal: AbortSignal): AsyncIterator<unknown, unknown> {
  return (stage.mode === "unary" ? only(stage, input, signal) : stage(input, { signal }))[Symbol.asyncIterator]();
}

async function* only(stage: Unary<unknown, unknown>, input: unknown, signal: AbortSignal): Stream<unknown> {
  const value = await stage(input, { signal });
  if (value !== undefined) yield value;
}
