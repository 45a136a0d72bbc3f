/** A running stage held by both ends. */
import { StageError } from "./error.js";
import { each } from "./each.js";
import { stepsOf } from "./run.js";
import { createStage, takesValue, type AnyStage, type Bidi, type InputOf, type OutputOf } from "./stage.js";
import type { Stream } from "./stream.js";

export interface ChannelOptions<Out> {
  /** Called once for each message that becomes readable. */
  readonly onReadable?: (channel: Channel<never, Out>) => void;
  /** Messages that may wait to be read before the pipeline is held up; 16 by default. */
  readonly highWaterMark?: number;
  /** Closes the channel when it fires. */
  readonly signal?: AbortSignal;
}

/** Write at any time, read at any time; the pipeline does the rest. */
export interface Channel<In, Out> extends Stream<Out>, AsyncDisposable {
  /**
   * Resolves when the pipeline has taken the message.
   *
   * @throws StageError `failed_precondition` when the channel has ended or is closed.
   */
  write(message: In): Promise<void>;
  /** The oldest message that waits, or undefined; after a failure, once what came before is read, throws it. */
  read(): Out | undefined;
  /** Says that no more is written; what the pipeline still gives can be read. */
  end(): void;
  /** Stops the pipeline; what already waits can still be read. */
  close(): Promise<void>;
}

interface Sent<In> {
  readonly message: In;
  readonly taken: () => void;
  readonly refused: (error: unknown) => void;
}

const refusal = (): StageError => new StageError("failed_precondition", "channel: it has ended and takes no more messages; open another", { reason: "closed" });

/** Starts a stage and gives both its ends; a stage that takes one value is run once for each message. */
export function open<S extends AnyStage>(stage: S, options: ChannelOptions<OutputOf<S>> = {}): Channel<InputOf<S>, OutputOf<S>> {
  return new RunningChannel<InputOf<S>, OutputOf<S>>(stage, options);
}

class RunningChannel<In, Out> implements Channel<In, Out> {
  readonly #options: ChannelOptions<Out>;
  readonly #highWaterMark: number;
  readonly #stop = new AbortController();
  readonly #sent: Sent<In>[] = [];
  readonly #readable: Out[] = [];
  readonly #finished: Promise<void>;
  #isEnded = false;
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;
  #wakeInput = (): void => {};
  #wakeOutput = (): void => {};
  #wakeReaders: (() => void)[] = [];

  constructor(stage: AnyStage, options: ChannelOptions<Out>) {
    this.#options = options;
    this.#highWaterMark = options.highWaterMark ?? 16;
    if (!Number.isInteger(this.#highWaterMark) || this.#highWaterMark < 1) throw new StageError("invalid_argument", `channel: highWaterMark must be a whole number from 1 on, not ${String(options.highWaterMark)}`);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted) this.#stop.abort(options.signal.reason);
    this.#finished = this.#run(asBidi<In, Out>(stage));
  }

  write(message: In): Promise<void> {
    if (this.#isEnded) return Promise.reject(refusal());
    return new Promise((taken, refused) => {
      this.#sent.push({ message, taken, refused });
      this.#wakeInput();
    });
  }

  read(): Out | undefined {
    if (this.#readable.length > 0) {
      const message = this.#readable.shift();
      this.#wakeOutput();
      return message;
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
    return undefined;
  }

  end(): void {
    this.#isEnded = true;
    this.#wakeInput();
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    this.#stop.abort(new StageError("canceled", "channel: closed"));
    await this.#finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Out, void, undefined> {
    try {
      for (;;) {
        if (this.#readable.length > 0 || this.#failure) yield this.read() as Out;
        else if (this.#isFinished) return;
        else await new Promise<void>((resolve) => this.#wakeReaders.push(resolve));
      }
    } finally {
      await this.close();
    }
  }

  readonly #onAbort = (): void => {
    this.#stop.abort(this.#options.signal?.reason);
  };

  async #run(stage: Bidi<In, Out>): Promise<void> {
    const { signal } = this.#stop;
    const release = (): void => this.#wakeOutput();
    signal.addEventListener("abort", release);
    try {
      for await (const message of stage(this.#input(), { signal })) {
        this.#readable.push(message);
        this.#wake();
        this.#options.onReadable?.(this);
        while (this.#readable.length >= this.#highWaterMark && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#wakeOutput = resolve;
          });
        }
      }
    } catch (error) {
      if (!signal.aborted || this.#options.signal?.aborted) this.#failure = { error };
    } finally {
      signal.removeEventListener("abort", release);
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      this.#isEnded = true;
      this.#isFinished = true;
      for (const sent of this.#sent.splice(0)) sent.refused(refusal());
      this.#wakeInput();
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of this.#wakeReaders.splice(0)) wake();
  }

  async *#input(): AsyncGenerator<In, void, undefined> {
    for (;;) {
      const next = this.#sent.shift();
      if (next) {
        next.taken();
        yield next.message;
      } else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wakeInput = resolve;
        });
      }
    }
  }
}

/** The same stage over streams on both sides. */
function asBidi<In, Out>(stage: AnyStage): Bidi<In, Out> {
  if (takesValue(stage.mode)) return each(stage as Parameters<typeof each<In, Out>>[0]);
  return createStage("bidi", stage.label, [stage], stepsOf(stage));
}
