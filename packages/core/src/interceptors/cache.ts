/** Answers that are given again. */
import { StageError } from "../error.js";
import type { Interceptor } from "../intercept.js";
import { only, type Transform } from "../run.js";
import { of, takesValue, type AnyStage } from "../stage.js";
import { Attempt, inBatches } from "./attempt.js";
import { lruStore, type CacheStore } from "./lru-store.js";
import { requireNumber } from "../require-number.js";

export interface CacheOptions<In = unknown> {
  /** Says which inputs have the same answer; nothing is kept under undefined. */
  key(input: In): string | undefined;
  /** Where answers are kept; by default in memory, `max` of them. */
  readonly store?: CacheStore;
  /** Milliseconds for which an answer holds; without limit by default. */
  readonly ttl?: number;
  /** Answers that the store in memory keeps, the least recently used go first; 1,000 by default. */
  readonly max?: number;
  /** Values that an answer may have to be kept; 10,000 by default. */
  readonly maxValues?: number;
}

/**
 * Gives the recorded values again when the same key was answered before; only answers that came to their end are recorded.
 *
 * The values are the same objects each time. Calls with the same key that run at the same time are not shared: each runs,
 * and the last to end is kept. An error of the store is told like one of the stage.
 *
 * @throws StageError `invalid_argument` over a stage that takes a stream, and for options out of range.
 */
export function cache<In = unknown>(options: CacheOptions<In>): Interceptor<never, In> {
  const maxValues = requireNumber("cache: maxValues", options.maxValues ?? 10_000, 1, "whole");
  const ttl = options.ttl === undefined ? undefined : requireNumber("cache: ttl", options.ttl, 0);
  const store = options.store ?? lruStore({ max: options.max ?? 1_000 });
  return function cache<Taken, Out>(next: Transform<Taken, Out>, stage: AnyStage): Transform<Taken, Out> {
    if (!takesValue(stage.mode)) throw new StageError("invalid_argument", `cache: ${stage.label} takes a stream, which has no key before it is read`);
    return inBatches(async function* cache(input, call) {
      const value = await only(input, stage.label);
      const key = options.key(value as unknown as In);
      const kept = key === undefined ? undefined : await store.get(key);
      if (kept) {
        yield kept as readonly Out[];
        return;
      }
      let record: Out[] | undefined = key === undefined ? undefined : [];
      const run = new Attempt<Out>(next, of(value), call);
      try {
        for (let batch = await run.read(); batch; batch = await run.read()) {
          for (const one of batch) if (record && record.push(one) > maxValues) record = undefined;
          yield batch;
        }
      } finally {
        await run.close();
      }
      if (record && key !== undefined) await store.set(key, record, ttl);
    });
  };
}
