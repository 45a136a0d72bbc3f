/** Windows that slide over a stream by time. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import { now, type Inlet } from "./inlet.js";

/** How often windows are given and what they may hold. */
export interface WindowTimeOptions {
  /** Milliseconds between windows; the span by default. */
  readonly every?: number;
  /** How many values may be held; while it is full the source is not read. 1024 by default. */
  readonly size?: number;
}

/** Takes what came before the time; an end or an error stays. */
function forget<T>(source: Inlet<T>, before: number): void {
  while (source.first?.kind === "value" && source.first.at < before) source.take();
}

/**
 * Gives, every so many milliseconds, an array of the values that came in the span before: an empty one when none came.
 *
 * The source is read on while the consumer is busy. A consumer that is late gets the newest window; those it
 * missed are left out (`bufferBy` leaves nothing out). What came after the last window is given when the source ends.
 *
 * @throws StageError `invalid_argument` when the span or `every` is not a number from 1 on, or the size no whole number from 1 on.
 */
export function windowTime<T>(span: number, { every = span, size = 1024 }: WindowTimeOptions = {}): Passing<T, "array"> {
  requireNumber("windowTime: the span in milliseconds", span, 1);
  requireNumber("windowTime: every in milliseconds", every, 1);
  requireNumber("windowTime: size", size, 1, "whole");
  return passing<T>(attentive(async function* windowTime(desk, input: Stream<T>) {
    const source = desk.open(input, { size });
    let due = now() + every;
    for (;;) {
      source.read();
      const { isOver } = source;
      if (!isOver && now() < due) {
        await desk.wait(due);
        continue;
      }
      const given = due - every;
      due += Math.max(Math.floor((now() - due) / every), 0) * every;
      const end = isOver ? Infinity : due;
      forget(source, (isOver ? now() : due) - span);
      due += every;
      const window = source.held.flatMap((arrival) => (arrival.kind === "value" && arrival.at < end ? [arrival] : []));
      const isFresh = window.some(({ at }) => at >= given);
      forget(source, isOver ? Infinity : due - span);
      if (!isOver || isFresh) yield window.map(({ value }) => value);
      if (isOver) {
        source.take(); // the end, or throws what the source threw
        return;
      }
    }
  }));
}
