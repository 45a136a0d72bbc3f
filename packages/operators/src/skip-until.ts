/** A stream begun and ended by another. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { attentive } from "./desk.js";
import { whenAborted, type StreamSource } from "./stream-source.js";

/** What begins or ends a stream: the first value of another stream, or a signal. */
export type Notifier = StreamSource<unknown> | AbortSignal;

const isSignal = (notifier: Notifier): notifier is AbortSignal => "aborted" in notifier;
const streamOf = (notifier: Notifier): StreamSource<unknown> => (isSignal(notifier) ? whenAborted(notifier) : notifier);

/**
 * Drops values until the notifier fires, then gives all; nothing when it ends without having fired.
 *
 * The source is read while values are dropped.
 */
export function skipUntil<T>(notifier: Notifier): Passing<T> {
  return passing<T>(attentive(async function* skipUntil(desk, input: Stream<T>) {
    const start = desk.openOther(streamOf(notifier));
    const source = desk.open(input);
    let isOpen = false;
    if (isSignal(notifier) && notifier.aborted) isOpen = true;
    for (;;) {
      if (!isOpen) start.read();
      source.read();
      if ((await desk.next()) === start) {
        isOpen = start.take()?.kind === "value";
        if (isOpen) await desk.drop(start);
        continue;
      }
      const arrival = source.take();
      if (arrival?.kind === "end") return;
      if (isOpen && arrival) yield arrival.value;
    }
  }));
}

/**
 * Gives values until the notifier fires, then closes the source, even while the consumer is busy, and ends.
 *
 * A notifier that ends without having fired changes nothing. With a signal a stream ends normally where an abort
 * of the call would fail it. The source is read one value ahead.
 */
export function takeUntil<T>(notifier: Notifier): Passing<T> {
  return passing<T>(attentive(async function* takeUntil(desk, input: Stream<T>) {
    if (isSignal(notifier) && notifier.aborted) return;
    const source = desk.open(input);
    const stop = desk.openOther(streamOf(notifier), {
      onArrival: () => {
        if (stop.first?.kind === "value") source.close().catch(() => {}); // told when the desk is closed
      },
    });
    for (;;) {
      stop.read();
      source.read();
      if ((await desk.next()) === stop) {
        if (stop.take()?.kind === "value") return;
        continue;
      }
      const arrival = source.take();
      if (arrival?.kind === "end") return;
      if (arrival) yield arrival.value;
    }
  }));
}
