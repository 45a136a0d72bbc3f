/** A stream that is held up and let go. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { attentive } from "./desk.js";
import type { StreamSource } from "./stream-source.js";

/** How the gate stands at first. */
export interface GateOptions {
  /** Whether the gate is open before the control has given its first value; true by default. */
  readonly open?: boolean;
}

/**
 * Gives values on while the newest value of the control is true; while it is false the source is held up, not read.
 *
 * Of the control only the newest value is kept, and it is read as fast as it gives; the source is read one value
 * ahead. When the control ends the gate stays as it is, and a shut one ends the stream.
 */
export function gate<T>(control: StreamSource<boolean>, { open = true }: GateOptions = {}): Passing<T> {
  return passing<T>(attentive(async function* gate(desk, input: Stream<T>) {
    let isOpen = open;
    const source = desk.open(input);
    const states = desk.openOther(control, {
      onArrival: () => {
        if (states.first?.kind !== "value") return;
        isOpen = states.first.value;
        states.take();
        states.read();
      },
    });
    for (;;) {
      states.read();
      if (isOpen) source.read();
      if (states.first) states.take(); // its end, or throws its error
      if (!isOpen && states.isOver) return;
      if (!isOpen || !source.first) {
        await desk.wait();
        continue;
      }
      const arrival = source.take();
      if (arrival?.kind === "end") return;
      if (arrival) yield arrival.value;
    }
  }));
}
