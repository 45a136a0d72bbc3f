/** What the flattening operators run for each value. */
import { each, outputStream, type Call, type OutputStream, type Stream, type Unary } from "@iftk/core";

/** What is run for one value: a stage that takes one value, or a function that gives a stream. */
export type Inner<In, Out> = Unary<In, Out> | OutputStream<In, Out> | ((value: In, call: Call) => Stream<Out>);

async function* of<T>(value: T): AsyncGenerator<T, void, undefined> {
  yield value;
}

/** Gives the function that runs a stage or a function for one value, as a call of its own that can be left. */
export function runnerOf<In, Out>(inner: Inner<In, Out>): (value: In, call: Call) => Stream<Out> {
  const stage = "mode" in inner ? inner : outputStream(inner);
  if (stage.mode === "output-stream") return stage;
  const flow = each(stage);
  return (value, call) => flow(of(value), call);
}
