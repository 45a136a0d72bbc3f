/** Values together with the newest of other streams. */
import { StageError, type Bidi, type Stream } from "@iftk/core";
import { attentive } from "./desk.js";
import type { Inlet } from "./inlet.js";
import type { StreamSource } from "./stream-source.js";

/**
 * Gives each value together with the newest one of another stream.
 *
 * The first value waits for the first of the other stream; if that ends without one, so does this. Of the other
 * stream only the newest value is kept, and it is read as fast as it gives.
 */
export function withLatest<T, Other>(other: StreamSource<Other>): Bidi<T, [value: T, latest: Other]> {
  return attentive(async function* withLatest(desk, input: Stream<T>) {
    let latest: { readonly value: Other } | undefined;
    const others: Inlet<Other> = desk.openOther(other, {
      onArrival: () => {
        if (others.first?.kind !== "value") return;
        latest = { value: others.first.value };
        others.take();
        others.read();
      },
    });
    const source = desk.open(input);
    others.read();
    for (;;) {
      if (others.first) others.take(); // its end, or throws its error
      if (latest) source.read();
      else if (others.isOver) return;
      if (!latest || !source.first) {
        await desk.wait();
        continue;
      }
      const arrival = source.take();
      if (arrival?.kind === "end") return;
      if (arrival) yield [arrival.value, latest.value];
    }
  });
}

/** The types of the values of several streams. */
export type Combined<Streams extends readonly Stream<unknown>[]> = { -readonly [K in keyof Streams]: Streams[K] extends Stream<infer T> ? T : never };

/**
 * Gives, whenever one of the streams gives a value, the newest values of all: first when each has given one.
 *
 * Each stream is read one value ahead, and none is missed. It ends when all have ended, or when one ends without a value.
 *
 * @throws StageError `invalid_argument` without a stream.
 */
export function combineLatest<const Streams extends readonly Stream<unknown>[]>(...streams: Streams): Stream<Combined<Streams>> {
  const [first, ...others] = streams as readonly Stream<unknown>[];
  if (!first) throw new StageError("invalid_argument", "combineLatest: give at least one stream");
  const combine: Bidi<unknown, Combined<Streams>> = attentive(async function* combineLatest(desk, input: Stream<unknown>) {
    const inlets: readonly Inlet<unknown>[] = [desk.open(input), ...others.map((other) => desk.openOther(other))];
    const latest: unknown[] = [];
    let missing = inlets.length;
    for (;;) {
      for (const inlet of inlets) inlet.read();
      if (inlets.every((inlet) => inlet.isOver && !inlet.first)) return;
      const told = await desk.next();
      const index = inlets.findIndex((inlet) => inlet === told);
      const arrival = inlets[index]?.take();
      if (arrival?.kind === "end" && !(index in latest)) return;
      if (arrival?.kind !== "value") continue;
      if (!(index in latest)) missing--;
      latest[index] = arrival.value;
      if (missing === 0) yield [...latest] as Combined<Streams>;
    }
  });
  return combine(first);
}
