/** At most one value in so much time. */
import { type Passing, StageError, type Stream, passing } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import { now } from "./inlet.js";

/** Which values of a period are given. */
export interface ThrottleOptions {
  /** Whether the first value of a period is given at once; true by default. */
  readonly leading?: boolean;
  /** Whether the last value that came in a period is given when it is over; false by default. */
  readonly trailing?: boolean;
}

/**
 * Gives at most one value in so many milliseconds and drops the others.
 *
 * With `{ leading: false, trailing: true }` it is what others call audit. The source is read one value
 * ahead; at its end a value that waits for the end of the period is given at once.
 *
 * @throws StageError `invalid_argument` when the time is not a number from 0 on, and when neither edge is wanted.
 */
export function throttle<T>(time: number, { leading = true, trailing = false }: ThrottleOptions = {}): Passing<T> {
  requireNumber("throttle: the time in milliseconds", time, 0);
  if (!leading && !trailing) throw new StageError("invalid_argument", "throttle: nothing would be given; set leading or trailing");
  return passing<T>(attentive(async function* throttle(desk, input: Stream<T>) {
    const source = desk.open(input);
    let over = -Infinity;
    let held: { readonly value: T } | undefined;
    for (;;) {
      source.read();
      if (!source.first) await desk.wait(held && over);
      const arrival = source.take();
      if (arrival?.kind === "value") {
        const begins = !held && arrival.at >= over;
        if (begins) over = arrival.at + time;
        if (begins && leading) yield arrival.value;
        else if (trailing) held = { value: arrival.value };
      } else if (held && (arrival || now() >= over)) {
        const { value } = held;
        held = undefined;
        over = now() + time;
        yield value;
      }
      if (arrival?.kind === "end") return;
    }
  }));
}
