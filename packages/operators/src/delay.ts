/** The same values, later. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import { now } from "./inlet.js";

/** How much may be on its way. */
export interface DelayOptions {
  /** How many values may be on their way; while it is full the source is not read. 64 by default. */
  readonly size?: number;
}

/**
 * Gives each value so many milliseconds after it came. The end and an error come after the values before them.
 *
 * @throws StageError `invalid_argument` when the time is not a number from 0 on, or the size no whole number from 1 on.
 */
export function delay<T>(time: number, { size = 64 }: DelayOptions = {}): Passing<T> {
  requireNumber("delay: the time in milliseconds", time, 0);
  requireNumber("delay: size", size, 1, "whole");
  return passing<T>(attentive(async function* delay(desk, input: Stream<T>) {
    const source = desk.open(input, { size });
    for (;;) {
      source.read();
      const { first } = source;
      const due = first?.kind === "value" ? first.at + time : undefined;
      if (!first || (due !== undefined && due > now())) await desk.wait(due);
      else {
        const arrival = source.take();
        if (arrival?.kind !== "value") return;
        source.read();
        yield arrival.value;
      }
    }
  }));
}
