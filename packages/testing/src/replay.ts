/** A stage that gives what was recorded. */
import { StageError, takesValue, type AnyStage, type Call, type Stream } from "@iftk/core";
import { jsonCopy, parseCassette, type Cassette, type CassetteCall } from "./cassette.js";
import { inMode } from "./in-mode.js";
import { redactDeep, redactSecrets } from "./redact.js";
import { isSame } from "./same.js";
import { show } from "./settle.js";
import { runtimeTime, type TimeSource } from "./sleep.js";
import { nextTurn } from "./turn.js";

export interface ReplayOptions {
  /**
   * The clock to keep the recorded timing on, or "runtime" for the time of the runtime.
   * Without it no time passes: a turn of the event loop stands between two chunks.
   */
  readonly clock?: TimeSource | "runtime";
  /** As it was for the recording; inputs are compared as they were kept. */
  readonly redact?: (text: string) => string;
}

/**
 * A stage of the recorded mode which gives what was recorded, chunk for chunk, and fails as it failed: `replay<typeof chat>(text)`.
 *
 * A stage that takes one value gives what was recorded for an equal one, each recording once and the last again and
 * again; one that takes a stream replays the calls in their order, and takes inputs as they were taken.
 *
 * @throws StageError `invalid_argument` for a text that is no cassette. A call fails with `not_found` where none was
 * recorded for it, and with `failed_precondition` where its input differs or the recording was left.
 */
export function replay<S extends AnyStage>(cassette: string, options: ReplayOptions = {}): S {
  const tape = parseCassette(cassette);
  const redact = options.redact ?? redactSecrets;
  const kept = (value: unknown): unknown => redactDeep(jsonCopy(value, "the input"), redact);
  const find = finder(tape);
  return inMode(tape.mode, tape.label, async function* (input, call) {
    const isValue = takesValue(tape.mode);
    const recorded = find(isValue ? kept(input) : undefined);
    const source = isValue ? undefined : new RecordedInput(recorded, input as Stream<unknown>, kept);
    const reach = pace(options.clock, call);
    try {
      for (const { at, taken, joined, values } of recorded.output) {
        await source?.take(taken);
        if (!joined) await reach(at);
        for (const value of values) yield structuredClone(value);
      }
      await source?.take(recorded.end.taken);
      if (recorded.inputEnded) await source?.takeEnd();
      if (recorded.end.kind !== "end") await reach(recorded.end.at);
    } finally {
      await source?.close();
    }
    const { kind, error } = recorded.end;
    if (kind === "left") throw new StageError("failed_precondition", `replay: the recording was left after ${count(recorded.output.flatMap(({ values }) => values).length, "value")}; record it to its end to replay more`);
    if (error) throw new StageError(error.code, error.message, { reason: error.reason, stage: error.stage, retryAfter: error.retryAfter });
  }) as S;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** Gives the function that waits for the time of a chunk, counted from now. */
function pace(clock: ReplayOptions["clock"], { signal }: Call): (at: number) => Promise<void> {
  if (clock === undefined) return nextTurn;
  const time = clock === "runtime" ? runtimeTime : clock;
  const start = time.now;
  return async (at) => {
    const wait = start + at - time.now;
    if (wait > 0) await time.sleep(wait, signal);
  };
}

/** Gives the function that finds the recording of a call, by its value where it takes one. */
function finder({ calls, label, mode }: Cassette): (value: unknown) => CassetteCall {
  const unused = new Set(calls);
  return (value) => {
    const fits = (recorded: CassetteCall): boolean => !takesValue(mode) || isSame(recorded.input[0], value);
    const found = [...unused].find((recorded) => fits(recorded)) ?? (takesValue(mode) ? calls.findLast((recorded) => fits(recorded)) : undefined);
    if (!found) throw new StageError("not_found", `replay: ${count(calls.length, "call")} of ${label} ${calls.length === 1 ? "is" : "are"} on the cassette, and none ${takesValue(mode) ? `with the input ${show(value)}` : "is left for this one"}; record it again`);
    unused.delete(found);
    return found;
  };
}

/** The input of a call, taken as it was when it was recorded. */
class RecordedInput {
  readonly #recorded: CassetteCall;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #kept: (value: unknown) => unknown;
  #taken = 0;
  #isOver = false;

  constructor(recorded: CassetteCall, input: Stream<unknown>, kept: (value: unknown) => unknown) {
    this.#recorded = recorded;
    this.#iterator = input[Symbol.asyncIterator]();
    this.#kept = kept;
  }

  async take(upTo: number): Promise<void> {
    while (this.#taken < upTo) {
      const next = await this.#next();
      const expected = this.#recorded.input[this.#taken++];
      if (next.done) throw differs(`it ends after ${count(this.#taken - 1, "value")}, where ${this.#recorded.input.length} were taken`);
      if (!isSame(this.#kept(next.value), expected)) throw differs(`its value ${this.#taken} is ${show(next.value)}, where it was ${show(expected)}`);
    }
  }

  async takeEnd(): Promise<void> {
    const next = await this.#next();
    if (!next.done) throw differs(`it goes on with ${show(next.value)}, where it ended after ${count(this.#taken, "value")}`);
  }

  async #next(): Promise<IteratorResult<unknown>> {
    try {
      const next = await this.#iterator.next();
      this.#isOver = next.done === true;
      return next;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (!this.#isOver) await this.#iterator.return?.();
  }
}

const differs = (how: string): StageError => new StageError("failed_precondition", `replay: the input differs from the recording: ${how}; record it again`);
