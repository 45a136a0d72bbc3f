/** The results of one batch of a provider, waited for. */
import { intercept, outputStream, StageError, type Call, type OutputStream, type Stream } from "@iftk/core";
import { isRollback, retry } from "@iftk/core/interceptors";
import { poll } from "../http/poll.js";
import type { BatchJobs, BatchPart } from "./batch-job.js";
import { BatchLedger } from "./batch-ledger.js";

/** How a batch is waited for. Times are in milliseconds. */
export interface BatchWait {
  /** The first wait between two looks at it, which grows by half each time; 5000 by default. */
  readonly interval?: number | undefined;
  /** The longest such wait; 300,000 by default. */
  readonly maxInterval?: number | undefined;
  /** How long it may take; 25 hours by default, an hour more than providers give themselves. */
  readonly maxWait?: number | undefined;
}

const hour = 3_600_000;

/**
 * Gives the stage that waits for the batch of this name and gives its results, with how far it is on the way. The batch goes on at the
 * provider when this is left or aborted, and can be read again.
 */
export function batchResults(jobs: BatchJobs, wait: BatchWait = {}): OutputStream<string, BatchPart> {
  return outputStream(function batchResults(batch: string, call: Call): Stream<BatchPart> {
    return followBatch(jobs, batch, wait, new BatchLedger(), call);
  });
}

/** Waits for a batch and gives what the ledger has not given before. What fails and may succeed later is tried again: each look, and the reading of the results. */
export async function* followBatch(jobs: BatchJobs, batch: string, wait: BatchWait, ledger: BatchLedger, call: Call): AsyncGenerator<BatchPart, void, undefined> {
  const { interval = 5000, maxInterval = 300_000, maxWait = 25 * hour } = wait;
  const look = intercept(jobs.status, retry({ attempts: 8, backoff: { initial: 1000 } }));
  const ask = (signal: AbortSignal) => look(batch, { ...call, signal });
  for await (const status of poll({ ask, isDone: ({ state }) => state === "ended", interval, backoff: 1.5, maxInterval, maxWait, signal: call.signal })) yield ledger.progress(status);
  // Results that break off are read again from the first on.
  const read = intercept(jobs.results, retry({ attempts: 4, backoff: { initial: 1000 }, afterOutput: "replace" }));
  const given = new Set<string>();
  for await (const result of read(batch, call)) {
    if (isRollback(result) || given.has(result.id)) continue;
    given.add(result.id);
    const fresh = await ledger.settle(result);
    if (fresh) yield fresh;
  }
  await ledger.read(batch);
}

/** Reads on in a batch that was sent before; one that the provider has forgotten has nothing to give. */
export async function* resumeBatch(jobs: BatchJobs, batch: string, wait: BatchWait, ledger: BatchLedger, call: Call): AsyncGenerator<BatchPart, void, undefined> {
  try {
    yield* followBatch(jobs, batch, wait, ledger, call);
  } catch (error) {
    if (!StageError.is(error) || error.code !== "not_found") throw error;
    await ledger.read(batch);
  }
}
