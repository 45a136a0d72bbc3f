/** A running stage held by both ends. */
import { each } from "./each.js";
import { StageError } from "./error.js";
import { ended, Queue } from "./queue.js";
import { requireNumber } from "./require-number.js";
import { start, stepsOf } from "./run.js";
import type { Failure } from "./scope.js";
import { takesValue, type AnyStage, type CallOptions, type InputOf, type OutputOf } from "./stage.js";
import type { Stream } from "./stream.js";

/** How a channel tells its reader, how much may wait to be read, and what stops it. */
export interface ChannelOptions<Out> {
  /**
   * Called once for each message that becomes readable, and once for a failure, which reading then throws.
   *
   * What it throws stops the pipeline and is that failure.
   */
  readonly onReadable?: (channel: Channel<never, Out>) => void;
  /** Messages that may wait to be read before the pipeline is held up; 16 by default. */
  readonly highWaterMark?: number;
  /** Stops the pipeline when it fires; its reason is the failure. */
  readonly signal?: AbortSignal;
  /** What rides along with the call that the channel is. */
  readonly values?: CallOptions["values"];
}

/** Write at any time, read at any time; the pipeline does the rest. */
export interface Channel<In, Out> extends Stream<Out>, AsyncDisposable {
  /**
   * Resolves when the pipeline has taken the message. It may be left unawaited.
   *
   * @throws StageError `failed_precondition` with reason `closed` when no more is taken, `resource_exhausted`
   * when 1024 writes wait already, and what the pipeline fails with while the message waits.
   */
  write(message: In): Promise<void>;
  /** The oldest message that waits, or undefined; after a failure, once what came before is read, throws it. */
  read(): Out | undefined;
  /** Says that no more is written; what the pipeline still gives can be read. */
  end(): void;
  /** Stops the pipeline and resolves when that is through; what already waits can still be read. */
  close(): Promise<void>;
  /** Resolves when the pipeline is over, and rejects with what it failed with. */
  readonly closed: Promise<void>;
}

/**
 * Starts a stage and gives both its ends; a stage that takes one value is run once for each message.
 *
 * @throws StageError `invalid_argument` when `highWaterMark` is not a whole number from 1 on.
 */
export function open<S extends AnyStage>(stage: S, options?: ChannelOptions<OutputOf<S>>): Channel<InputOf<S>, OutputOf<S>> {
  return openThen(stage, options);
}

/** Opens a channel that does one thing more when its pipeline is over, before it says so. */
export function openThen<S extends AnyStage>(stage: S, options: ChannelOptions<OutputOf<S>> = {}, after?: () => Promise<void>): Channel<InputOf<S>, OutputOf<S>> {
  return new RunningChannel<InputOf<S>, OutputOf<S>>(stage, options, after);
}

class RunningChannel<In, Out> implements Channel<In, Out> {
  readonly closed: Promise<void>;
  readonly #sent = new Queue<In>(0);
  readonly #readable: Queue<Out>;
  readonly #output: AsyncIterator<Out, undefined>;
  readonly #over: Promise<Failure | undefined>;

  constructor(stage: AnyStage, options: ChannelOptions<Out>, after: (() => Promise<void>) | undefined) {
    const highWaterMark = requireNumber("channel: highWaterMark", options.highWaterMark ?? 16, 1, "whole");
    this.#readable = new Queue(highWaterMark - 1); // the last one waits in the hand of the pipeline
    const input: Stream<In> = {
      [Symbol.asyncIterator]: () => ({
        next: () => this.#sent.next(),
        return: () => {
          this.#sent.end();
          return Promise.resolve(ended);
        },
      }),
    };
    const steps = stepsOf(takesValue(stage.mode) ? each(stage as Parameters<typeof each<In, Out>>[0]) : stage);
    this.#output = start<Out>(steps, input, options)[Symbol.asyncIterator]() as AsyncIterator<Out, undefined>;
    this.#over = this.#run(options, after);
    this.closed = this.#over.then((failure) => {
      if (failure) throw failure.error;
    });
    this.closed.catch(() => {}); // readers are told; nobody has to look here too
  }

  write(message: In): Promise<void> {
    const taken = this.#sent.isEnded ? Promise.reject(refusal()) : (this.#sent.push(message) ?? Promise.resolve());
    taken.catch(() => {}); // a write that nobody awaits is lost with its channel, and harms no one else
    return taken;
  }

  read(): Out | undefined {
    return this.#readable.shift();
  }

  end(): void {
    this.#sent.end();
  }

  async close(): Promise<void> {
    this.#sent.end();
    this.#sent.clear({ error: refusal() });
    this.#readable.unbound();
    await this.#output.return?.();
    await this.#over;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Out, undefined> {
    return {
      next: () => this.#readable.next(),
      return: async () => {
        await this.close();
        return ended;
      },
    };
  }

  async #run({ onReadable, signal }: ChannelOptions<Out>, after: (() => Promise<void>) | undefined): Promise<Failure | undefined> {
    const onAbort = (): void => this.#readable.unbound();
    let failure: Failure | undefined;
    let tell = onReadable;
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const message of { [Symbol.asyncIterator]: () => this.#output }) {
        const held = this.#readable.push(message);
        tell = undefined; // one that throws is told no more
        onReadable?.(this);
        tell = onReadable;
        await held;
      }
    } catch (error) {
      failure = { error };
    }
    signal?.removeEventListener("abort", onAbort);
    this.#sent.end();
    this.#sent.clear(failure ?? { error: refusal() });
    this.#readable.end(failure);
    try {
      if (failure) tell?.(this);
    } finally {
      await after?.();
    }
    return failure;
  }
}

function refusal(): StageError {
  return new StageError("failed_precondition", "channel: it takes no more messages; open another", { reason: "closed" });
}
