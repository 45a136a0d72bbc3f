/** The one operator that may swallow an error. */
import type { Bidi, Call, Stream } from "@iftk/core";
import { attentive } from "./desk.js";

/**
 * Goes on with another stream when the source fails. What the handler throws, and what its stream throws, is thrown.
 *
 * An abort and a consumer that left are no failure of the source and are not caught.
 */
export function catchError<T, Other = T>(handle: (error: unknown, call: Call) => Stream<Other>): Bidi<T, T | Other> {
  return attentive(async function* catchError(desk, input: Stream<T>) {
    const source = desk.open(input);
    let inlet = source as typeof source | ReturnType<typeof desk.openOther<Other>>;
    for (;;) {
      inlet.read();
      await desk.next();
      const { first } = inlet;
      if (first?.kind === "error" && inlet === source && !desk.call.signal.aborted) {
        await desk.drop(source);
        inlet = desk.openOther(handle(first.error, desk.call));
        continue;
      }
      const arrival = inlet.take();
      if (arrival?.kind === "end") return;
      if (arrival) yield arrival.value;
    }
  });
}
