/** Many chats by way of a provider's batch API. */
import { bidi, StageError, type Bidi, type Call, type Stream } from "@iftk/core";
import type { BatchItem, BatchJobs, BatchPart } from "./batch-job.js";
import type { BatchJournal } from "./batch-journal.js";
import { BatchLedger } from "./batch-ledger.js";
import { followBatch, resumeBatch, type BatchWait } from "./batch-results.js";

export interface BatchStageOptions extends BatchWait {
  /** Items that are read before a batch is sent; 1000 by default, and never more than the provider takes. */
  readonly size?: number | undefined;
  /**
   * Where what is done is kept. With it, a run after a restart gives the replies that are there, reads the batches that were sent, and
   * asks for the rest only; what failed before is asked again. An item whose id was there before is left out.
   */
  readonly journal?: BatchJournal | undefined;
}

/**
 * Gives the stage that sends items in batches, one batch at a time, and tells how far they are and what came of each. An item that
 * fails, or cannot be sent, is a result like any other.
 *
 * A batch goes on at the provider when this is left or aborted: its name is in the progress, to be read by `batchResults` or cancelled.
 */
export function batchStage(jobs: BatchJobs, { size = 1000, journal, ...wait }: BatchStageOptions = {}): Bidi<BatchItem, BatchPart> {
  const most = Math.max(1, Math.min(size, jobs.mostItems));
  return bidi(async function* batchItems(items: Stream<BatchItem>, call: Call): Stream<BatchPart> {
    const ledger = new BatchLedger(journal);
    const unread = new Set<string>();
    yield* ledger.replay(unread);
    for (const batch of unread) yield* resumeBatch(jobs, batch, wait, ledger, call);
    ledger.forget();
    let chunk = new Map<string, BatchItem>();
    for await (const item of items) {
      if (!ledger.begin(item)) continue;
      const refusal = chunk.has(item.id) ? new StageError("invalid_argument", `two items have the id ${JSON.stringify(item.id)}`) : refusalOf(jobs, item);
      const refused = refusal && (await ledger.settle({ type: "result", id: item.id, error: refusal }));
      if (refused) yield refused;
      if (!refusal) chunk.set(item.id, item);
      if (chunk.size < most) continue;
      yield* sendBatch(jobs, [...chunk.values()], wait, ledger, call);
      chunk = new Map();
    }
    if (chunk.size > 0) yield* sendBatch(jobs, [...chunk.values()], wait, ledger, call);
    yield ledger.progress();
  });
}

function refusalOf(jobs: BatchJobs, item: BatchItem): StageError | undefined {
  try {
    jobs.check(item);
    return undefined;
  } catch (error) {
    return StageError.from(error);
  }
}

async function* sendBatch(jobs: BatchJobs, items: readonly BatchItem[], wait: BatchWait, ledger: BatchLedger, call: Call): AsyncGenerator<BatchPart, void, undefined> {
  const { id } = await jobs.submit(items, call);
  await ledger.submitted(id, items.map((item) => item.id));
  yield* followBatch(jobs, id, wait, ledger, call);
}
