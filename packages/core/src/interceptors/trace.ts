/** What happens in a call, told as it happens. */
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import type { AnyStage, Mode } from "../stage.js";
import { callValue } from "../stream.js";
import { Attempt, inBatches } from "./attempt.js";
import { isGivenUp } from "./given-up.js";

/** One thing that happened in a call: each call has a `start` and then one of `end`, `error` and `cancel`. */
export interface TraceEvent {
  readonly type: "start" | "first" | "value" | "end" | "error" | "cancel";
  /** The call. */
  readonly id: string;
  /** The traced call in which this one was made, when its `Call` was handed on. */
  readonly parentId: string | undefined;
  readonly label: string;
  readonly mode: Mode;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds since the start of the call, which is its first read. */
  readonly elapsed: number;
  /** Values given so far. */
  readonly count: number;
  /** The value, of a `value` event. */
  readonly value?: unknown;
  /** What failed, of an `error` event; why it was given up, of a `cancel` event by a signal. */
  readonly error?: unknown;
}

export interface TraceOptions {
  /** Whether every value is told, with the value itself; not by default. */
  readonly values?: boolean;
  /** Whether anyone listens. It is asked at the start of a call; a call that nobody listens to is not touched. */
  isOn?(): boolean;
}

const caller = callValue<string>();

/** Tells start, first value, and end, error or cancellation of each call; and each value where asked to. */
export function trace(publish: (event: TraceEvent) => void, options: TraceOptions = {}): Interceptor {
  const prefix = Math.random().toString(36).slice(2);
  let calls = 0;
  return function trace<In, Out>(next: Transform<In, Out>, stage: AnyStage): Transform<In, Out> {
    const { label, mode } = stage;
    const traced = inBatches<In, Out>(async function* trace(input, call) {
      const began = Date.now();
      const id = `${prefix}-${++calls}`;
      const parentId = caller.of(call);
      let count = 0;
      const tell = (type: TraceEvent["type"], more?: Pick<TraceEvent, "value" | "error">): void => {
        const time = Date.now();
        publish({ type, id, parentId, label, mode, time, elapsed: time - began, count, ...more });
      };
      let outcome: TraceEvent["type"] = "cancel";
      let error: { readonly error: unknown } | undefined;
      tell("start");
      const run = new Attempt<Out>(next, input, { ...call, values: caller.in(id, call) });
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) {
          for (const value of batch) {
            if (++count === 1) tell("first");
            if (options.values) tell("value", { value });
          }
          yield batch;
        }
        outcome = "end";
      } catch (caught) {
        error = { error: caught };
        if (!isGivenUp(call)) outcome = "error";
        throw caught;
      } finally {
        try {
          await run.close();
        } finally {
          tell(outcome, error);
        }
      }
    });
    return (input, call) => (options.isOn?.() === false ? next : traced)(input, call);
  };
}
