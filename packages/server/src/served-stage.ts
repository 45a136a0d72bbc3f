/** The stages that are served, each as a stream that is read in batches. */
import { filter, inputStream, pipe, takesValue, unary, yieldsValue } from "@iftk/core";
import type { AnyStage, CallOptions, InputStream, OutputStream, ReadyReader, Stream, Unary } from "@iftk/core";
import { readerOf } from "@iftk/core/authoring";

/** Starts a stage for an input, a value or a stream as its mode has it, in readiness for its first read. */
export type OpenRun = (input: unknown, call: CallOptions) => ReadyReader<unknown>;

/** How a stage is started. One that gives a single value and gives nothing has no values. */
export function openerOf(stage: AnyStage): OpenRun {
  const run = (yieldsValue(stage.mode) ? someOf(stage as Unary<unknown, unknown>) : stage) as OutputStream<unknown, unknown>;
  return (input, call) => readerOf(run(input, call));
}

/** The value of a stage as a stream, unless there is none. A stage of another copy of the library can only be called. */
function someOf(stage: Unary<unknown, unknown> | InputStream<unknown, unknown>): AnyStage {
  const some = filter((value: unknown) => value !== undefined);
  try {
    return pipe(stage, some);
  } catch {
    if (takesValue(stage.mode)) return pipe(unary((input, call) => (stage as Unary<unknown, unknown>)(input, call)), some);
    return pipe(inputStream((input: Stream<unknown>, call) => (stage as InputStream<unknown, unknown>)(input, call)), some);
  }
}
