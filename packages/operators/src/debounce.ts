/** Values that were followed by silence. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import { now } from "./inlet.js";

/**
 * Gives a value once no other has come for so many milliseconds, and the last one when the source ends.
 *
 * The source is read one value ahead; a consumer that is late gets the newest.
 *
 * @throws StageError `invalid_argument` when the time is not a number from 0 on.
 */
export function debounce<T>(time: number): Passing<T> {
  requireNumber("debounce: the time in milliseconds", time, 0);
  return passing<T>(attentive(async function* debounce(desk, input: Stream<T>) {
    const source = desk.open(input);
    let held: { readonly value: T; readonly due: number } | undefined;
    for (;;) {
      source.read();
      // Waits at least a turn of the event loop, so that a newer value that is ready wins.
      if (!source.first) await desk.wait(held?.due);
      const arrival = source.take();
      if (arrival?.kind === "value") held = { value: arrival.value, due: arrival.at + time };
      else if (held && (arrival || held.due <= now())) {
        const { value } = held;
        held = undefined;
        yield value;
      }
      if (arrival?.kind === "end") return;
    }
  }));
}
