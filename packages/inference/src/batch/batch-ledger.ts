/** What a run over many chats knows: which are done, how many failed, and what the journal had. */
import type { BatchItem, BatchPart, BatchProgress, BatchResult, BatchStatus } from "./batch-job.js";
import type { BatchJournal } from "./batch-journal.js";

/** Counts items and results, keeps replies in the journal where there is one, and gives no result twice. */
export class BatchLedger {
  readonly #journal: BatchJournal | undefined;
  /** Items with a result; only a journal needs to know. */
  readonly #known = new Set<string>();
  /** Items that were asked, now or in batches that were sent before, and have no result yet; only a journal needs to know. */
  readonly #awaited = new Set<string>();
  #total = 0;
  #done = 0;
  #failed = 0;

  constructor(journal?: BatchJournal) {
    this.#journal = journal;
  }

  /** Gives the replies that the journal has, and then the batches that were sent and not read. */
  async *replay(unread: Set<string>): AsyncGenerator<BatchPart, void, undefined> {
    if (!this.#journal) return;
    const ids = new Map<string, readonly string[]>();
    for await (const entry of this.#journal.entries()) {
      if (entry.type === "submitted") ids.set(entry.batch, entry.ids);
      else if (entry.type === "read") ids.delete(entry.batch);
      else if (!this.#known.has(entry.id)) {
        this.#known.add(entry.id);
        this.#total++;
        this.#done++;
        yield { type: "result", id: entry.id, reply: entry.reply };
      }
    }
    for (const [batch, items] of ids) {
      unread.add(batch);
      for (const id of items) if (!this.#known.has(id)) this.#awaited.add(id);
    }
    this.#total += this.#awaited.size;
    if (this.#total > 0) yield this.progress();
  }

  /** Whether the item is still to be asked; it is then counted. */
  begin({ id }: BatchItem): boolean {
    if (this.#known.has(id) || this.#awaited.has(id)) return false;
    if (this.#journal) this.#awaited.add(id);
    this.#total++;
    return true;
  }

  /** Counts a result, and keeps a reply; undefined for one that was given before. */
  async settle(result: BatchResult): Promise<BatchResult | undefined> {
    const { id, reply } = result;
    if (this.#known.has(id)) return undefined;
    if (this.#journal) {
      this.#known.add(id);
      this.#awaited.delete(id);
      if (reply) await this.#journal.append({ type: "reply", id, reply });
    }
    this.#done++;
    if (!reply) this.#failed++;
    return result;
  }

  async submitted(batch: string, ids: readonly string[]): Promise<void> {
    await this.#journal?.append({ type: "submitted", batch, ids });
  }

  /** Notes that a batch has no more to give; what it had promised and not given is to be asked again. */
  async read(batch: string): Promise<void> {
    await this.#journal?.append({ type: "read", batch });
  }

  /** Lets go of what batches of before have not given. */
  forget(): void {
    this.#total -= this.#awaited.size;
    this.#awaited.clear();
  }

  /** How far it is, with what a batch that is being waited for has done. */
  progress(status?: BatchStatus): BatchProgress {
    const total = Math.max(this.#total, status?.total ?? 0);
    const done = Math.min(total, this.#done + (status?.done ?? 0));
    return { type: "progress", total, done, failed: Math.min(done, this.#failed + (status?.failed ?? 0)), ...(status && { batch: status.id }) };
  }
}
