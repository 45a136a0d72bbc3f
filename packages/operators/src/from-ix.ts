/** Operators of ix, and others of their shape, as stages that keep the laws. */
import { bidi, type Bidi, type Call, type Stream } from "@iftk/core";

const ended = { done: true, value: undefined } as const;

/** The source as the operator sees it: read only while the consumer waits, and over when the consumer leaves. */
class Held<In> implements AsyncIterable<In> {
  readonly #input: Stream<In>;
  #iterator: AsyncIterator<In> | undefined;
  #demand = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;
  #leave: () => void = () => {};

  constructor(input: Stream<In>) {
    this.#input = input;
  }

  /** Lets reads through until the matching `rest`. */
  ask(): void {
    this.#demand++;
    for (const go of this.#waiting.splice(0)) go();
  }

  rest(): void {
    this.#demand--;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leave();
    for (const go of this.#waiting.splice(0)) go();
    await this.#iterator?.return?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<In, undefined> {
    const iterator = this.#input[Symbol.asyncIterator]();
    this.#iterator = iterator;
    return {
      next: async () => {
        if (this.#demand === 0 && !this.#isClosed) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
        if (this.#isClosed) return ended;
        return new Promise<IteratorResult<In, undefined>>((resolve, reject) => {
          this.#leave = () => resolve(ended);
          iterator.next().then((result) => resolve(result.done ? ended : result), reject);
        });
      },
      return: async () => {
        await iterator.return?.();
        return ended;
      },
    };
  }
}

/**
 * Makes a stage of an operator of ix, or of any function from stream to stream, such as `fromIx(skipLast(2))`.
 *
 * Whatever the operator does, leaving and failing close the source, a pending read settles, and the source is read
 * only while the consumer waits. What the operator keeps for itself is beyond it: other streams that it was given,
 * timers that it does not clear, values that it gathers without bound.
 */
export function fromIx<In, Out>(operator: (source: AsyncIterable<In>) => AsyncIterable<Out>): Bidi<In, Out> {
  const run = (input: Stream<In>, call: Call): Stream<Out> => ({ [Symbol.asyncIterator]: () => guarded(operator, input, call) });
  return bidi(Object.defineProperty(run, "name", { value: operator.name.replace(/OperatorFunction$/, "") || "fromIx" }));
}

function guarded<In, Out>(operator: (source: AsyncIterable<In>) => AsyncIterable<Out>, input: Stream<In>, call: Call): AsyncIterator<Out, undefined> {
  const held = new Held(input);
  // Beside the signal of the call, since a part of a pipeline can end before the call does.
  const leaving = new AbortController();
  let output: AsyncIterator<Out> | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= held.close();
    closing.catch(() => {}); // told to whoever waits for it
    leaving.abort(call.signal.reason);
    return closing;
  };
  const open = (): AsyncIterator<Out> => {
    const opened = operator(held) as { [Symbol.asyncIterator](signal: AbortSignal): AsyncIterator<Out> };
    return opened[Symbol.asyncIterator](leaving.signal);
  };
  return {
    async next() {
      if (closing) return ended;
      held.ask();
      try {
        output ??= open();
        const result = await output.next();
        if (!result.done) return result;
      } catch (error) {
        await close().catch(() => {});
        throw error;
      } finally {
        held.rest();
      }
      await close();
      return ended;
    },
    async return() {
      const closed = close();
      await output?.return?.();
      await closed;
      return ended;
    },
  };
}
