/** Many streams at a time, their results as they come. */
import type { Bidi, Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive } from "./desk.js";
import type { Inlet } from "./inlet.js";
import { runnerOf, type Inner } from "./inner.js";

/** How much runs at a time. */
export interface MergeMapOptions {
  /** How many values are worked on at a time; beyond that the source is not read. */
  readonly concurrency: number;
}

/**
 * Runs a stage for each value, several at a time, and gives the results as they come: the order is not kept.
 *
 * Each running stage is read one value ahead. `each(stage, { ahead })` of core keeps the order. When one fails
 * the others are cancelled.
 *
 * @throws StageError `invalid_argument` when the concurrency is no whole number from 1 on.
 */
export function mergeMap<In, Out>(inner: Inner<In, Out>, { concurrency }: MergeMapOptions): Bidi<In, Out> {
  requireNumber("mergeMap: concurrency", concurrency, 1, "whole");
  const run = runnerOf(inner);
  return attentive(async function* mergeMap(desk, input: Stream<In>) {
    const source = desk.open(input);
    const running = new Set<Inlet<Out>>();
    for (;;) {
      if (running.size < concurrency) source.read();
      if (running.size === 0 && source.isOver && !source.first) return;
      const inlet = await desk.next();
      if (inlet === source) {
        const arrival = source.take();
        if (arrival?.kind !== "value") continue;
        const begun = desk.open(run(arrival.value, desk.call));
        running.add(begun);
        begun.read();
      } else if (inlet) {
        const from = inlet as Inlet<Out>;
        const arrival = from.take();
        if (arrival?.kind === "value") {
          from.read();
          yield arrival.value;
        } else {
          running.delete(from);
          await desk.drop(from);
        }
      }
    }
  });
}
