/** Limits on how long a call may take. */
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import type { AnyStage } from "../stage.js";
import { Attempt, inBatches } from "./attempt.js";
import { startTimer } from "./pause.js";
import { requireNumber } from "../require-number.js";

/** Limits in milliseconds; what is left out is not limited. */
export interface TimeoutOptions<Out = unknown> {
  /** From the first read to the first content. */
  readonly first?: number;
  /** From one content to the next. */
  readonly idle?: number;
  /** From the first read to the end; the deadline of the call becomes the earlier of both. */
  readonly total?: number;
  /** Whether a value is content; a ping is none. Every value is by default. */
  isContent?(value: Out): boolean;
}

/**
 * Ends a call that takes too long with StageError `deadline_exceeded`, which says what was exceeded.
 *
 * Time in which nobody reads counts for `total` alone.
 *
 * @throws StageError `invalid_argument` for a limit that is not above 0.
 */
export function timeout<Out = unknown>(options: TimeoutOptions<Out>): Interceptor<never, unknown, Out> {
  const { first = Infinity, idle = Infinity, total = Infinity } = options;
  for (const [name, limit] of Object.entries({ first, idle, total })) if (limit !== Infinity) requireNumber(`timeout: ${name}`, limit, 1);
  const isContent = (value: unknown): boolean => options.isContent?.(value as Out) ?? true;

  return function timeout<In, Value>(next: Transform<In, Value>, stage: AnyStage): Transform<In, Value> {
    return inBatches(async function* timeout(input, call) {
      const deadline = total === Infinity ? call.deadline : Math.min(Date.now() + total, call.deadline ?? Infinity);
      const run = new Attempt<Value>(next, input, { ...call, deadline });
      const exceed = (what: string, limit: number): void => run.cancel(new StageError("deadline_exceeded", `${stage.label}: ${what} within ${limit} ms`, { reason: "timeout", stage: stage.label }));
      const stopTotal = total < Infinity ? startTimer(() => exceed("no end", total), total) : undefined;

      let limit = first;
      let what = "no content";
      /** Until when the pending read may take; Infinity while none is pending. */
      let due = Infinity;
      let firesAt = Infinity;
      let stopWaiting: (() => void) | undefined;
      // One timer for many reads: when it fires it looks whether the wait that is on is over, and how long that may still take.
      const watch = (): void => {
        stopWaiting?.();
        firesAt = due;
        const left = due - Date.now();
        if (left <= 0) exceed(what, limit);
        else if (left < Infinity) stopWaiting = startTimer(watch, left);
      };
      try {
        for (let left = limit; ; ) {
          const from = left < Infinity ? Date.now() : 0;
          due = from + left;
          if (due < firesAt) watch();
          const batch = await run.read();
          due = Infinity;
          if (!batch) return;
          if (batch.some(isContent)) {
            left = limit = idle;
            what = "no more content";
          } else if (left < Infinity) left -= Date.now() - from;
          yield batch;
        }
      } finally {
        stopTotal?.();
        stopWaiting?.();
        await run.close();
      }
    });
  };
}
