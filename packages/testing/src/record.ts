/** What came out of a stream, as a marble script. */
import { StageError, takesValue, type AnyStage, type Stream } from "@iftk/core";
import { overStreams } from "./in-mode.js";
import { formatMarbles, isLetter, parseMarbles, type Marble } from "./marble-script.js";
import { play, usualStep, type PlayOptions } from "./play.js";
import { isSame } from "./same.js";
import { settle, show } from "./settle.js";
import { runtimeTime, type TimeSource } from "./sleep.js";
import { virtualClock, type VirtualClock } from "./virtual-clock.js";

export interface RecordOptions {
  /** The clock that tells when something came; without one, the time of the runtime, which a clock that is installed replaces. */
  readonly clock?: TimeSource;
  /** Milliseconds of one step; 10 by default. */
  readonly step?: number;
  /** The letters of values that are not letters themselves. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Steps after which the stream is left; without it, it is read to its end. */
  readonly steps?: number;
  /** The error that `#` stands for; any other is thrown on. Without it, `#` stands for every error. */
  readonly error?: unknown;
}

/**
 * Reads a stream and gives what came as a marble script, from the first read on. It does not move the clock.
 *
 * @throws StageError `invalid_argument` for a value that has no letter, and for one that came between two steps.
 */
export async function record(stream: Stream<unknown>, options: RecordOptions = {}): Promise<string> {
  const { clock = runtimeTime, step = usualStep, steps } = options;
  const iterator = stream[Symbol.asyncIterator]();
  const marbles: Marble[] = [];
  const over = new AbortController();
  const start = clock.now;
  const isUp = steps === undefined ? undefined : clock.sleep(steps * step, over.signal).then(() => "up" as const, () => "up" as const);
  const note = (kind: Marble["kind"], letter: string): void => {
    const exact = (clock.now - start) / step;
    const at = Math.round(exact);
    if (Math.abs(exact - at) > 1e-6) throw new StageError("invalid_argument", `record: ${letter} came at ${clock.now - start} ms, which is no whole number of steps of ${step} ms; choose a smaller step`);
    marbles.push({ kind, letter, step: at });
  };
  const leave = async (): Promise<void> => {
    if (iterator.return) await settle(iterator.return(), 5);
  };

  try {
    for (;;) {
      const read = Promise.resolve(iterator.next()).then(
        (result) => result,
        (error: unknown) => ({ error }),
      );
      const result = await (isUp ? Promise.race([read, isUp]) : read);
      if (result === "up") {
        await leave();
        return formatMarbles({ marbles, steps: steps ?? 0 });
      }
      if ("error" in result) {
        if ("error" in options && !Object.is(options.error, result.error)) throw result.error;
        note("error", "#");
      } else if (result.done) note("end", "|");
      else note("value", letterOf(result.value, options.values ?? {}));
      if ("error" in result || result.done) return formatMarbles({ marbles, steps: (marbles.at(-1)?.step ?? 0) + 1 });
    }
  } catch (error) {
    await leave();
    throw error;
  } finally {
    over.abort();
  }
}

function letterOf(value: unknown, values: Readonly<Record<string, unknown>>): string {
  for (const [letter, named] of Object.entries(values)) if (isSame(named, value)) return letter;
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && isLetter(text) && !Object.hasOwn(values, text)) return text;
  throw new StageError("invalid_argument", `record: the value ${show(value)} has no letter; name it in values, as in { values: { x: … } }`);
}

export interface MarblesOptions extends Omit<RecordOptions, "clock" | "error"> {
  /** The clock to use, and to install where that is wanted; without one, a clock of its own is installed for the time of the run. */
  readonly clock?: VirtualClock;
  /** What `#` throws in the script that is played. */
  readonly error?: PlayOptions["error"];
  /** The letters of what the stage gives, where they are not those of what it takes (`values`). */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * Plays a script into a stage on a virtual clock and gives what comes out as a script: `await marbles(stage, "--a-b-|")`.
 *
 * A stage that takes one value is called with the first of the script, at its time.
 *
 * @throws StageError as `play` and `record` do, and `failed_precondition` when the stage hangs on something that does not wait on the clock.
 */
export async function marbles(stage: AnyStage, script: string, options: MarblesOptions = {}): Promise<string> {
  if (takesValue(stage.mode) && !parseMarbles(script).marbles.some(({ kind }) => kind === "value")) throw new StageError("invalid_argument", `marbles: ${stage.label} takes one value and the script ${JSON.stringify(script)} has none`);
  const { clock = virtualClock().install(), values = {}, outputs, error: _error, clock: _clock, ...rest } = options;
  try {
    const input = play<unknown>(script, values, { clock, ...(options.step === undefined ? {} : { step: options.step }), ...("error" in options ? { error: options.error } : {}) });
    return await clock.until(record(overStreams(stage)(input), { ...rest, clock, values: outputs ?? values }));
  } finally {
    if (!options.clock) clock.uninstall();
  }
}
