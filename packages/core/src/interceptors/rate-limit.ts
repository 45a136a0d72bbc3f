/** A limit on how many calls begin in a time. */
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import { Attempt, inBatches } from "./attempt.js";
import { startTimer } from "./pause.js";
import { requireNumber } from "../require-number.js";
import { WaitingLine } from "./waiting-line.js";

export interface RateLimitOptions {
  /** Calls that may begin in each interval. */
  readonly limit: number;
  /** Milliseconds. */
  readonly interval: number;
  /** Calls that may begin at once after a pause; as many as `limit` by default. */
  readonly burst?: number;
  /** Calls that may wait; 1,000 by default. */
  readonly queue?: number;
}

/** Milliseconds by which clock and division may be wrong. */
const tolerance = 0.5;

/**
 * Lets so many calls begin in each interval; further ones wait in the order of their first reads. Shared by all calls of all stages that it is given to.
 *
 * A call beyond the queue fails with StageError `resource_exhausted`. The algorithm is the generic cell rate algorithm of ITU-T I.371, as virtual scheduling.
 *
 * @throws StageError `invalid_argument` for options out of range.
 */
export function rateLimit(options: RateLimitOptions): Interceptor {
  const limit = requireNumber("rateLimit: limit", options.limit, 1, "whole");
  const spacing = requireNumber("rateLimit: interval", options.interval, 1) / limit;
  const burst = requireNumber("rateLimit: burst", options.burst ?? limit, 1, "whole") * spacing;
  const line = new WaitingLine("rateLimit", requireNumber("rateLimit: queue", options.queue ?? 1_000, 0, "whole"));
  /** When the next call would begin if all were spaced evenly; never more than a burst away. */
  let due = 0;
  let stopTimer: (() => void) | undefined;

  /** Takes a place if there is one now, else says how long until then. */
  const wait = (): number => {
    const now = Date.now();
    due = Math.min(Math.max(due, now), now + burst);
    const left = due + spacing - burst - now;
    if (left > tolerance) return Math.ceil(left);
    due += spacing;
    return 0;
  };
  const admit = (): void => {
    let left = 0;
    while (!line.isEmpty && (left = wait()) === 0) line.admit();
    stopTimer = line.isEmpty ? undefined : startTimer(admit, left);
  };
  const enter = async (signal: AbortSignal): Promise<void> => {
    if (line.isEmpty && wait() === 0) return;
    const entered = line.join(signal);
    if (!stopTimer && !line.isEmpty) admit();
    try {
      await entered;
    } finally {
      if (line.isEmpty) {
        stopTimer?.();
        stopTimer = undefined;
      }
    }
  };

  return function rateLimit<In, Out>(next: Transform<In, Out>): Transform<In, Out> {
    return inBatches(async function* rateLimit(input, call) {
      await enter(call.signal);
      const run = new Attempt<Out>(next, input, call);
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) yield batch;
      } finally {
        await run.close();
      }
    });
  };
}
