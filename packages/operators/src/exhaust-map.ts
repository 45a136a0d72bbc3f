/** One stream at a time: what comes meanwhile is dropped. */
import type { Bidi, Stream } from "@iftk/core";
import { attentive } from "./desk.js";
import type { Inlet } from "./inlet.js";
import { runnerOf, type Inner } from "./inner.js";

/**
 * Runs a stage for a value and gives its results; values that come before it has ended are dropped.
 *
 * The source and the running stage are read one value ahead.
 */
export function exhaustMap<In, Out>(inner: Inner<In, Out>): Bidi<In, Out> {
  const run = runnerOf(inner);
  return attentive(async function* exhaustMap(desk, input: Stream<In>) {
    const source = desk.open(input);
    let running: Inlet<Out> | undefined;
    for (;;) {
      source.read();
      running?.read();
      if (!running && source.isOver && !source.first) return;
      if ((await desk.next()) === source) {
        const arrival = source.take();
        if (arrival?.kind === "value" && !running) running = desk.open(run(arrival.value, desk.call));
      } else if (running) {
        const arrival = running.take();
        if (arrival?.kind === "value") yield arrival.value;
        else if (arrival) {
          await desk.drop(running);
          running = undefined;
        }
      }
    }
  });
}
