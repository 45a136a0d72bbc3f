/** The stages that are served, each as a stream that is read in batches. */
import { each, filter, from, pipe, ready, unary, type AnyStage, type OutputStream, type ReadyReader, type ReadyStream, type Stream, type Unary } from "@iftk/core";

/** Starts a stage for an input, in readiness for its first read. */
export type OpenRun = (input: unknown) => ReadyReader<unknown>;

/** How a stage is started; undefined for one that takes a stream. A unary stage that gives nothing has no values. */
export function openerOf(stage: AnyStage): OpenRun | undefined {
  if (stage.mode === "output-stream") return (input) => readerOf((stage as OutputStream<unknown, unknown>)(input));
  if (stage.mode !== "unary") return undefined;
  const call = stage as Unary<unknown, unknown>;
  const values = pipe(
    each(unary((input: unknown, options) => call(input, options))),
    filter((value) => value !== undefined),
  );
  return (input) => readerOf(values(from([input])));
}

/** Opens a stream for reading in batches; one that another copy of the library made, or another library, too. */
function readerOf(stream: Stream<unknown>): ReadyReader<unknown> {
  return ((ready in stream ? stream : from(stream)) as ReadyStream<unknown>)[ready]();
}
