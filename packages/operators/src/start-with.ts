/** Values put before and after a stream. */
import { sync, type Bidi, type Stream } from "@iftk/core";
import { attentive } from "./desk.js";

/** Gives the values, then those of the source, whose first value is asked for at once. */
export function startWith<T>(...values: readonly T[]): Bidi<T, T> {
  return attentive(async function* startWith(desk, input: Stream<T>) {
    const source = desk.open(input);
    source.read();
    yield* values;
    for (;;) {
      source.read();
      if (!source.first) await desk.wait();
      const arrival = source.take();
      if (arrival?.kind === "end") return;
      if (arrival) yield arrival.value;
    }
  });
}

/** Gives the values of the source, then these. */
export function endWith<T>(...values: readonly T[]): Bidi<T, T> {
  return sync<T, T>("endWith", () => ({ take: (value) => [value], end: () => values }));
}
