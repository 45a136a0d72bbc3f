/** The stages that are served, each as a stream that is read in batches. */
import { each, filter, from, inputStream, pipe, ready, takesValue, unary, yieldsValue } from "@iftk/core";
import type { AnyStage, Bidi, CallOptions, InputStream, OutputStream, ReadyReader, ReadyStream, Stream, Unary } from "@iftk/core";

/** Starts a stage for an input, a value or a stream as its mode has it, in readiness for its first read. */
export type OpenRun = (input: unknown, call: CallOptions) => ReadyReader<unknown>;

/** How a stage is started. One that gives a single value and gives nothing has no values. */
export function openerOf(stage: AnyStage): OpenRun {
  if (!yieldsValue(stage.mode)) return (input, call) => readerOf((stage as OutputStream<unknown, unknown> | Bidi<never, unknown>)(input as never, call));
  const values = takesValue(stage.mode) ? each(unary((input: unknown, call) => (stage as Unary<unknown, unknown>)(input, call))) : inputStream((input: Stream<unknown>, call) => (stage as InputStream<unknown, unknown>)(input, call));
  const some = pipe(values as Bidi<unknown, unknown>, filter((value) => value !== undefined));
  return takesValue(stage.mode) ? (input, call) => readerOf(some(from([input]), call)) : (input, call) => readerOf(some(input as Stream<unknown>, call));
}

/** Opens a stream for reading in batches; one that another copy of the library made, or another library, too. */
function readerOf(stream: Stream<unknown>): ReadyReader<unknown> {
  return ((ready in stream ? stream : from(stream)) as ReadyStream<unknown>)[ready]();
}
