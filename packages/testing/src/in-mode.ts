/** A stage made in the mode of another. */
import { bidi, inputStream, outputStream, takesValue, unary, yieldsValue, type AnyStage, type Call, type Mode, type Stream } from "@iftk/core";

/** What a stage does over a stream on its far side; it takes a value or a stream as its mode says. */
export type RunInMode = (input: unknown, call: Call) => Stream<unknown>;

/** Declares a stage in this mode; where that gives one value, the first of the stream is given. */
export function inMode(mode: Mode, label: string, run: RunInMode): AnyStage {
  const named = <F extends (...input: never) => unknown>(body: F): F => Object.defineProperty(body, "name", { value: label });
  const first = async (input: unknown, call: Call): Promise<unknown> => {
    for await (const value of run(input, call)) return value;
    return undefined;
  };
  if (mode === "unary") return unary(named((input: unknown, call: Call) => first(input, call)));
  if (mode === "input-stream") return inputStream(named((input: Stream<unknown>, call: Call) => first(input, call)));
  if (mode === "output-stream") return outputStream(named((input: unknown, call: Call) => run(input, call)));
  return bidi(named((input: Stream<unknown>, call: Call) => run(input, call)));
}

/** Calls a stage in its mode and sees what it gives as a stream. */
export async function* callInMode(stage: AnyStage, input: unknown, call: Call): AsyncGenerator<unknown, void, undefined> {
  const answer = (stage as unknown as (input: unknown, call: Call) => unknown)(input, call);
  if (yieldsValue(stage.mode)) yield await answer;
  else yield* answer as Stream<unknown>;
}

/** The stage over a stream on both sides; one that takes a value is called with the first. */
export function overStreams(stage: AnyStage): (input: Stream<unknown>) => Stream<unknown> {
  const run = bidi(async function* (input: Stream<unknown>, call) {
    if (!takesValue(stage.mode)) yield* callInMode(stage, input, call);
    else for await (const value of input) return yield* callInMode(stage, value, call);
  });
  return (input) => run(input);
}
