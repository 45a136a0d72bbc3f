/** Values that come one by one, as from a network. */
import { bidi, type Bidi, type Stream } from "@iftk/core";
import { turns } from "./signals.js";

/** A stage that gives values on with so many turns of the event loop between them; leaving and an abort cut the wait short. */
export function pace<T>(count = 4): Bidi<T, T> {
  return bidi(async function* pace(values: Stream<T>, { signal }): AsyncGenerator<T, void, undefined> {
    for await (const value of values) {
      yield value;
      if (!signal.aborted) await turnsUntil(signal, count);
      if (signal.aborted) return;
    }
  });
}

function turnsUntil(signal: AbortSignal, count: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end);
    void turns(count).then(end);
  });
}
