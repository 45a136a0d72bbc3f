/** Streams that give what a marble script says, when it says so. */
import { StageError, type Stream } from "@iftk/core";
import { parseMarbles, type Marble } from "./marble-script.js";
import { runtimeTime, type TimeSource } from "./sleep.js";

export interface PlayOptions {
  /** The clock to wait on; without one, the timers of the runtime, which a clock that is installed replaces. */
  readonly clock?: TimeSource;
  /** Milliseconds of one step; 10 by default. */
  readonly step?: number;
  /** What `#` throws; a StageError `unavailable` by default. */
  readonly error?: unknown;
}

/** Milliseconds of one step of a script, unless it is said otherwise. */
export const usualStep = 10;

/**
 * A stream that gives what the script says: `play("--a-b-|")`.
 *
 * The script begins at the first read. Letters stand for themselves unless `values` says for what. Values wait for a
 * consumer that comes late: none is lost. A script without `|` or `#` goes on in silence, until its consumer leaves.
 *
 * @throws StageError `invalid_argument` for a script that cannot be read.
 */
export function play<T = string>(script: string, values: Readonly<Record<string, T>> = {}, options: PlayOptions = {}): Stream<T> {
  const { marbles } = parseMarbles(script);
  const { clock = runtimeTime, step = usualStep } = options;
  const error = "error" in options ? options.error : new StageError("unavailable", "play: the script says that it fails here");
  const valueOf = ({ letter }: Marble): T => (Object.hasOwn(values, letter) ? values[letter] : letter) as T;

  return {
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      const left = new AbortController();
      const ended = { done: true, value: undefined } as const;
      let start: number | undefined;
      let index = 0;
      const silence = (): Promise<void> => new Promise((resolve) => left.signal.addEventListener("abort", () => resolve(), { once: true }));
      return {
        async next() {
          start ??= clock.now;
          const marble = marbles[index];
          if (left.signal.aborted || (index > 0 && marbles[index - 1]?.kind !== "value")) return ended;
          if (!marble) {
            await silence();
            return ended;
          }
          index++;
          const wait = start + marble.step * step - clock.now;
          if (wait > 0) await clock.sleep(wait, left.signal).catch(() => {});
          if (left.signal.aborted || marble.kind === "end") return ended;
          if (marble.kind === "error") throw error;
          return { done: false, value: valueOf(marble) };
        },
        return() {
          left.abort();
          return Promise.resolve(ended);
        },
      };
    },
  };
}
