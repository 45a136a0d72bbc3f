/** A limit on how many calls run at the same time. */
import type { Interceptor } from "../intercept.js";
import type { Transform } from "../run.js";
import { Attempt, inBatches } from "./attempt.js";
import { requireNumber } from "../require-number.js";
import { WaitingLine } from "./waiting-line.js";

export interface ConcurrencyOptions {
  /** Calls that may run at the same time. */
  readonly limit: number;
  /** Calls that may wait; 1,000 by default. */
  readonly queue?: number;
}

/**
 * Lets so many calls run at a time; further ones wait in the order of their first reads. Shared by all calls of all stages that it is given to.
 *
 * A call runs from its first read to its end, so a consumer that stops reading and does not leave keeps its place.
 * A call beyond the queue fails with StageError `resource_exhausted`.
 *
 * @throws StageError `invalid_argument` for a limit below 1 and a queue below 0.
 */
export function concurrency(options: ConcurrencyOptions): Interceptor {
  const limit = requireNumber("concurrency: limit", options.limit, 1, "whole");
  const line = new WaitingLine("concurrency", requireNumber("concurrency: queue", options.queue ?? 1_000, 0, "whole"));
  let running = 0;
  return function concurrency<In, Out>(next: Transform<In, Out>): Transform<In, Out> {
    return inBatches(async function* concurrency(input, call) {
      if (running < limit) running++;
      else await line.join(call.signal); // who leaves hands its place over
      try {
        const run = new Attempt<Out>(next, input, call);
        try {
          for (let batch = await run.read(); batch; batch = await run.read()) yield batch;
        } finally {
          await run.close();
        }
      } finally {
        if (!line.admit()) running--;
      }
    });
  };
}
