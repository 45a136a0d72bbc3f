/** Streams that an operator reads beside its input. */
import { bidi, type Call, type Stream } from "@iftk/core";

/** A stream, which serves one call of the stage, or a function that gives one for each call. */
export type StreamSource<T> = Stream<T> | ((call: Call) => Stream<T>);

/** Gives on what it reads; as a stage it settles its reader's reads, whatever the stream awaits. */
const guard = bidi(function guard(input: Stream<unknown>) {
  return input;
});

/** Gives a stream that is opened by its first read and that hears the call. */
export function openSource<T>(source: StreamSource<T>, call: Call): Stream<T> {
  const opened: Stream<T> = typeof source === "function" ? { [Symbol.asyncIterator]: () => source(call)[Symbol.asyncIterator]() } : source;
  return guard(opened, call) as Stream<T>;
}

/** A stream that gives its one value when the signal fires, and does not end before. */
export function whenAborted(signal: AbortSignal): Stream<undefined> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<undefined, undefined> {
      let leave = (): void => {};
      let isOver = false;
      const over = { done: true, value: undefined } as const;
      return {
        next: () =>
          isOver
            ? Promise.resolve(over)
            : new Promise((resolve) => {
                const fire = (): void => {
                  isOver = true;
                  resolve({ done: false, value: undefined });
                };
                leave = () => {
                  signal.removeEventListener("abort", fire);
                  resolve(over);
                };
                if (signal.aborted) fire();
                else signal.addEventListener("abort", fire, { once: true });
              }),
        return: () => {
          isOver = true;
          leave();
          return Promise.resolve(over);
        },
      };
    },
  };
}
