/** Streams from other shapes, and other shapes from streams. */
import { flatMap } from "./operators.js";
import { ready } from "./ready.js";
import { start, stepsOf, toJoint, type Step } from "./run.js";
import { createStage, type Bidi } from "./stage.js";
import type { Stream } from "./stream.js";

const nothing: readonly Step[] = [];

/** What can be read as a stream: arrays and other iterables, async iterables such as Node streams, web streams. */
export type Readable<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** A stream of the values of something else; an array is handed on as it is, all ready at once. */
export function from<T>(source: Readable<T>): Stream<T> {
  return start(nothing, source);
}

const flatten = flatMap((values: readonly unknown[]) => values);

/** A stream of the values in arrays, such as those of a network read: each array is ready at once. */
export function fromBatches<T>(source: Readable<readonly T[]>): Stream<T> {
  return start(stepsOf(flatten), source);
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
