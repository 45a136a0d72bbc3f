/** Reading streams in batches, for those who write what reads them. */
import { from } from "./from.js";
import { ready, type Batch, type ReadyReader, type ReadyStream } from "./ready.js";
import type { Stream } from "./stream.js";

/** Opens a stream for reading in batches; one that another copy of this package made, or another library, too. */
export function readerOf<T>(stream: Stream<T>): ReadyReader<T> {
  return (ready in stream ? (stream as ReadyStream<T>) : from(stream))[ready]();
}

/** Whether an answer of a reader is there at once; otherwise it is a promise, of whatever make. */
export function isBatch<T>(answer: Batch<T> | PromiseLike<Batch<T>>): answer is Batch<T> {
  return answer === undefined || Array.isArray(answer);
}
