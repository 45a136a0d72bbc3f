/** The newest value's stream only: a new value interrupts the one before. */
import type { Bidi, Stream } from "@iftk/core";
import { attentive } from "./desk.js";
import type { Inlet } from "./inlet.js";
import { runnerOf, type Inner } from "./inner.js";

/**
 * Runs a stage for each value and gives its results until the next value comes, which cancels it: barge-in.
 *
 * What is cancelled is closed, even while the consumer is busy, before the next is begun. The source and the
 * running stage are read one value ahead; results of a cancelled one that were not taken are dropped.
 */
export function switchMap<In, Out>(inner: Inner<In, Out>): Bidi<In, Out> {
  const run = runnerOf(inner);
  return attentive(async function* switchMap(desk, input: Stream<In>) {
    let running: Inlet<Out> | undefined;
    const source = desk.open(input, {
      onArrival: () => {
        if (source.first?.kind === "value") running?.close().catch(() => {}); // told by drop
      },
    });
    for (;;) {
      source.read();
      running?.read();
      if (source.first) {
        const arrival = source.take();
        if (arrival?.kind === "value") {
          if (running) await desk.drop(running);
          running = desk.open(run(arrival.value, desk.call));
        }
      } else if (running?.first) {
        const arrival = running.take();
        if (arrival?.kind === "value") yield arrival.value;
        else {
          await desk.drop(running);
          running = undefined;
        }
      } else if (!running && source.isOver) return;
      else await desk.wait();
    }
  });
}
