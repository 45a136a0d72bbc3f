/** The newest value at each tick. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive, type Desk } from "./desk.js";
import { now } from "./inlet.js";
import type { StreamSource } from "./stream-source.js";

/**
 * Gives the newest value every so many milliseconds, or whenever another stream gives one; nothing when there is none.
 *
 * The value that no tick has seen is given when the source ends. The source and the other stream are read one value ahead.
 *
 * @throws StageError `invalid_argument` when the period is not a number from 0 on.
 */
export function sample<T>(ticks: number | StreamSource<unknown>): Passing<T> {
  if (typeof ticks === "number") {
    requireNumber("sample: the period in milliseconds", ticks, 0);
    return passing<T>(
      attentive(async function* sample(desk, input: Stream<T>) {
        yield* periodic(desk, input, ticks);
      }),
    );
  }
  return passing<T>(attentive(async function* sample(desk, input: Stream<T>) {
    yield* notified(desk, input, ticks);
  }));
}

async function* periodic<T>(desk: Desk, input: Stream<T>, period: number): AsyncGenerator<T, void, undefined> {
  const source = desk.open(input);
  const begin = now();
  let held: { readonly value: T; readonly due: number } | undefined;
  for (;;) {
    source.read();
    if (!source.first) await desk.wait(held?.due);
    const arrival = source.take();
    if (arrival?.kind === "value") {
      const next = period === 0 ? arrival.at : begin + (Math.floor((arrival.at - begin) / period) + 1) * period;
      held = { value: arrival.value, due: held?.due ?? next };
    } else if (held && (arrival || held.due <= now())) {
      const { value } = held;
      held = undefined;
      yield value;
    }
    if (arrival?.kind === "end") return;
  }
}

async function* notified<T>(desk: Desk, input: Stream<T>, notifier: StreamSource<unknown>): AsyncGenerator<T, void, undefined> {
  const ticks = desk.openOther(notifier);
  const source = desk.open(input);
  let held: { readonly value: T } | undefined;
  for (;;) {
    ticks.read();
    source.read();
    const isTick = (await desk.next()) === ticks;
    const arrival = isTick ? undefined : source.take();
    if (isTick && ticks.take()?.kind === "end") continue;
    if (arrival?.kind === "value") held = { value: arrival.value };
    else if (held) {
      const { value } = held;
      held = undefined;
      yield value;
    }
    if (arrival?.kind === "end") return;
  }
}
