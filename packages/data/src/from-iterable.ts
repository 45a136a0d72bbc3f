/** Data streams of what can be iterated. */
import { from, outputStream, pipe, StageError, type Call, type Readable } from "@iftk/core";
import { DataStream } from "./data-stream.js";
import { isReadOnce, openAnew } from "./open-anew.js";

/** Something that can be iterated again and again, such as an array, or a function that gives the items of one reading. */
export type ItemSource<T> = Iterable<T> | AsyncIterable<T> | ((call: Call) => Readable<T> | Promise<Readable<T>>);

/**
 * The items of an array or of anything else that can be iterated again, or those that a function gives for each reading.
 *
 * @throws StageError `invalid_argument` for what can be read once only, such as a generator.
 */
export function fromIterable<T>(source: ItemSource<T>): DataStream<T> {
  if (isReadOnce(source)) throw new StageError("invalid_argument", "fromIterable: a generator or another stream can be read once only; give a function that makes one");
  const label = (typeof source === "function" && source.name) || "items";
  return new DataStream(label, pipe(openAnew<Readable<T>>(source), outputStream((items: Readable<T>) => from(items))));
}
