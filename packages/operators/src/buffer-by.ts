/** Values gathered into arrays, by number and by time. */
import { type Passing, StageError, type Stream, passing } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import { now } from "./inlet.js";

/** When an array is given. */
export interface BufferByOptions {
  /** An array of so many values is given at once; while they wait for the consumer the source is not read. 1024 by default. */
  readonly count?: number;
  /** Milliseconds after which the first value of an array has waited long enough; endless by default. */
  readonly time?: number;
}

/**
 * Gathers values into arrays, none of them empty: each is given when it is full or its time is over.
 *
 * The source is read on while the consumer is busy. When it ends or fails, what was gathered is given first.
 *
 * @throws StageError `invalid_argument` when the count is no whole number from 1 on, the time is not a number from 0 on, or neither is given.
 */
export function bufferBy<T>({ count, time }: BufferByOptions): Passing<T, "array"> {
  if (count === undefined && time === undefined) throw new StageError("invalid_argument", "bufferBy: give a count, a time, or both");
  const size = requireNumber("bufferBy: count", count ?? 1024, 1, "whole");
  if (time !== undefined) requireNumber("bufferBy: time in milliseconds", time, 0);
  return passing<T>(attentive(async function* bufferBy(desk, input: Stream<T>) {
    const source = desk.open(input, { size });
    for (;;) {
      source.read();
      const due = time !== undefined && source.first ? source.first.at + time : undefined;
      if (!source.isOver && source.held.length < size && !(due !== undefined && due <= now())) await desk.wait(due);
      else {
        const values = source.takeValues();
        source.read();
        if (values.length > 0) yield values;
        else if (source.take()?.kind === "end") return;
      }
    }
  }));
}
