/** One run of what lies below an interceptor, given up apart from the call that it serves. */
import { StageError } from "../error.js";
import { ready, type Batch, type ReadyReader, type ReadyStream } from "../ready.js";
import { only, type Transform } from "../run.js";
import { of, takesValue, type AnyStage } from "../stage.js";
import type { Call, Stream } from "../stream.js";

/** A run with a signal of its own, which follows that of the call. */
export class Attempt<Out> {
  readonly #call: Call;
  readonly #controller = new AbortController();
  readonly #reader: ReadyReader<Out>;

  constructor(next: Transform<never, Out>, input: Stream<unknown>, call: Call) {
    this.#call = call;
    this.#reader = (next(input as Stream<never>, { ...call, signal: this.#controller.signal }) as ReadyStream<Out>)[ready]();
    call.signal.addEventListener("abort", this.#onAbort);
    if (call.signal.aborted) this.cancel(call.signal.reason);
  }

  /** The values that are ready, or those that come next; undefined at the end. */
  read(): Batch<Out> | Promise<Batch<Out>> {
    return this.#reader.read() as Batch<Out> | Promise<Batch<Out>>; // a run waits with promises
  }

  /** Fires the signal: a pending read, or else the next one, is rejected with the reason. */
  cancel(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Leaves the run, which may be over; settles when it is closed. */
  async close(): Promise<void> {
    this.#call.signal.removeEventListener("abort", this.#onAbort);
    await this.#reader.close?.();
  }

  readonly #onAbort = (): void => this.cancel(this.#call.signal.reason);
}

/** A transform that gives its values in batches, as they come from an attempt. */
export function inBatches<In, Out>(run: (input: Stream<In>, call: Call) => AsyncGenerator<readonly Out[], void, undefined>): Transform<In, Out> {
  return (input, call) => {
    const open = (): ReadyReader<Out> => {
      const batches = run(input, call);
      return { read: () => batches.next().then(({ value }) => value ?? undefined), close: () => batches.return().then(() => {}) };
    };
    return { [ready]: open } as ReadyStream<Out>; // the run of the intercepted stage reads it, and nobody else
  };
}

/** The input of a call that may be attempted more than once. */
export interface Replay {
  /** Whether the input can no longer be given to another attempt. */
  readonly isSpent: boolean;
  /** The one value; undefined where the input is a stream. */
  readonly value: unknown;
  /** The input for the next attempt; a value may be given in place of the call's own. */
  again(value?: unknown): Stream<unknown>;
}

/** Reads the one value of a value-input stage, to give it again each time; a stream is spent by the first read. */
export async function replay(input: Stream<unknown>, stage: AnyStage): Promise<Replay> {
  if (takesValue(stage.mode)) {
    const value = await only(input, stage.label);
    return { isSpent: false, value, again: (other = value) => of(other) };
  }
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    get isSpent() {
      return iterator !== undefined;
    },
    value: undefined,
    again: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => (iterator ??= input[Symbol.asyncIterator]()).next(),
        return: async () => (await iterator?.return?.()) ?? { done: true, value: undefined },
      }),
    }),
  };
}

/** Whether another try may help: a StageError that says so. */
export const isRetryable = (error: unknown): boolean => StageError.is(error) && error.retryable;
