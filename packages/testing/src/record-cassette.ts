/** Records the calls of a stage. */
import { StageError, takesValue, type AnyStage, type Call, type Stream } from "@iftk/core";
import { formatCassette, jsonCopy, type CassetteCall, type CassetteEnd, type CassetteError } from "./cassette.js";
import { callInMode, inMode } from "./in-mode.js";
import { redactDeep, redactSecrets } from "./redact.js";
import { runtimeTime, type TimeSource } from "./sleep.js";
import { currentTurn } from "./turn.js";

export interface RecordCassetteOptions {
  /** The clock for the timing; without one, the time of the runtime. */
  readonly clock?: TimeSource;
  /** What is kept of texts in inputs and error messages; by default what looks like a key is taken out. Outputs are kept as they are. */
  readonly redact?: (text: string) => string;
  /** Is given the cassette so far after each call that ended. */
  readonly onCall?: (cassette: string) => void;
}

/** A stage under recording. */
export interface Recording<S> {
  /** Does what the stage does, and is recorded. */
  readonly stage: S;
  /** The cassette: JSON text with the calls so far. */
  text(): string;
}

/**
 * Records what goes into a stage and what comes out, with chunk boundaries, timing and errors, for `replay`.
 *
 * A call of the recorded stage fails with StageError `invalid_argument` at a value that JSON cannot hold.
 */
export function recordCassette<S extends AnyStage>(stage: S, options: RecordCassetteOptions = {}): Recording<S> {
  const { clock = runtimeTime, redact = redactSecrets, onCall } = options;
  const { mode, label } = stage;
  const calls: CassetteCall[] = [];
  const text = (): string => formatCassette({ format: "iftk-cassette", version: 1, label, mode, calls });

  const recorded = inMode(mode, label, async function* (input, call) {
    const start = clock.now;
    const { record, index } = begin(calls);
    const keepInput = (value: unknown): void => void record.input.push(redactDeep(jsonCopy(value, `input ${record.input.length + 1} of call ${index}`), redact));
    const place = (): { at: number; taken: number } => ({ at: round(clock.now - start), taken: record.input.length });
    const end = (kind: CassetteEnd["kind"], error?: CassetteError): void => void (record.end = { kind, ...place(), ...(error ? { error } : {}) });
    if (takesValue(mode)) keepInput(input);
    let count = 0;
    try {
      let before = currentTurn();
      for await (const value of callInMode(stage, takesValue(mode) ? input : watch(input as Stream<unknown>, record, keepInput), call)) {
        keepOutput(record, jsonCopy(value, `output ${++count} of call ${index}`), place(), currentTurn() === before);
        end("left"); // unless it is read on
        yield value;
        before = currentTurn();
      }
      end("end");
    } catch (error) {
      if (wasGivenUp(call)) end("left");
      else end("error", errorFields(error, redact));
      throw error;
    } finally {
      onCall?.(text());
    }
  });
  return { stage: recorded as S, text };
}

function begin(calls: CassetteCall[]): { readonly record: CassetteCall; readonly index: number } {
  const record: CassetteCall = { input: [], inputEnded: false, output: [], end: { kind: "left", at: 0, taken: 0 } };
  return { record, index: calls.push(record) };
}

const wasGivenUp = ({ signal }: Call): boolean => signal.aborted;

/** Tenths of a millisecond are enough, and keep the text short. */
const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

/** Puts a value with those that it was ready with. */
function keepOutput({ output }: CassetteCall, value: unknown, { at, taken }: { readonly at: number; readonly taken: number }, wasReady: boolean): void {
  const last = output.at(-1);
  if (last && wasReady && last.taken === taken) last.values.push(value);
  else output.push({ at, taken, ...(last && wasReady ? { joined: true as const } : {}), values: [value] });
}

async function* watch(input: Stream<unknown>, record: CassetteCall, keep: (value: unknown) => void): AsyncGenerator<unknown, void, undefined> {
  for await (const value of input) {
    keep(value);
    yield value;
  }
  record.inputEnded = true;
}

function errorFields(error: unknown, redact: (text: string) => string): CassetteError {
  const { code, message, reason, stage, retryAfter } = StageError.from(error);
  return { code, message: redact(message), ...(reason === undefined ? {} : { reason }), ...(stage === undefined ? {} : { stage }), ...(retryAfter === undefined ? {} : { retryAfter }) };
}
