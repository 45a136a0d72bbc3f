/** Streams from other shapes, and other shapes from streams. */
import { isThenable, openReader, type Answer, type Reader } from "./reader.js";
import { ready, type Batch, type ReadyReader, type ReadyStream } from "./ready.js";
import { noSteps, readyStream, start, toJoint } from "./run.js";
import { createStage, type Bidi } from "./stage.js";
import type { Stream } from "./stream.js";

/** What can be read as a stream: arrays and other iterables, async iterables such as Node streams, web streams. */
export type Readable<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** A stream of the values of something else; an array is handed on as it is, all ready at once. */
export function from<T>(source: Readable<T>): ReadyStream<T> {
  return start(noSteps, source);
}

/** A stream of the values in arrays, such as those of a network read: each array is ready at once. */
export function fromBatches<T>(source: Readable<readonly T[]>): ReadyStream<T> {
  return readyStream(() => new Unwrapping<T>(openReader(source)));
}

/** Reads arrays one by one, and gives what they hold. A read that has to wait gives the reader itself, which answers within the turn of its source. */
class Unwrapping<T> implements ReadyReader<T>, PromiseLike<Batch<T>> {
  readonly #reader: Reader;
  #answer: PromiseLike<Answer> | undefined;
  #resolve: ((values: Batch<T>) => unknown) | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  read(): Batch<T> | PromiseLike<Batch<T>> {
    const answer = this.#reader.read();
    if (!isThenable(answer)) return unwrap<T>(answer);
    this.#answer = answer;
    return this;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  readonly then: PromiseLike<Batch<T>>["then"] = (resolve, reject) => {
    this.#resolve = resolve ?? undefined;
    return this.#answer?.then(this.#onAnswer, reject) as never;
  };

  readonly #onAnswer = (answer: Answer): unknown => this.#resolve?.(unwrap(answer));

  close(): Promise<void> | void {
    return this.#reader.close?.() as Promise<void> | void;
  }
}

/** The values of one array, or of all arrays that were ready at once. */
function unwrap<T>(answer: Answer): Batch<T> {
  if (Array.isArray(answer)) return (answer as readonly T[][]).flat();
  const result = answer as IteratorResult<readonly T[]> | undefined;
  return result && !result.done ? result.value : undefined;
}

/** The stream as a web stream, which is read when it is asked and closes its source when it is cancelled. */
export function toReadableStream<T>(stream: Stream<T>): ReadableStream<T> {
  const reader = toJoint(stream)[ready]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const values = await reader.read();
        if (values) for (const value of values) controller.enqueue(value);
        else controller.close();
      },
      cancel: () => reader.close?.(),
    },
    { highWaterMark: 0 },
  );
}

/** A stage out of a web TransformStream, or any pair like it; the function makes a fresh one for each run. */
export function through<In, Out>(create: () => ReadableWritablePair<Out, In>): Bidi<In, Out> {
  return createStage("bidi", create.name || "through", [], [(input: Stream<In>) => from(toReadableStream(input).pipeThrough(create()))]);
}
