/** What is known of many chats when a program starts again. */
import type { Stream } from "@iftk/core";
import type { Reply } from "../text.js";

/** A reply that is there, a batch that was sent, or one whose results have all been read. Every entry is JSON. */
export type JournalEntry =
  | { readonly type: "reply"; readonly id: string; readonly reply: Reply }
  | { readonly type: "submitted"; readonly batch: string; readonly ids: readonly string[] }
  | { readonly type: "read"; readonly batch: string };

/** A place that keeps entries in their order: a file, a table, a key-value store. One program writes at a time. */
export interface BatchJournal {
  /** The entries that are there, from the first on. */
  entries(): Stream<JournalEntry>;
  /** Resolves when the entry is kept for good. */
  append(entry: JournalEntry): Promise<void>;
}
