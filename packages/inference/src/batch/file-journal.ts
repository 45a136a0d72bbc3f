/** A journal in a file. It is for Node alone. */
import { createReadStream } from "node:fs";
import { appendFile, open, type FileHandle } from "node:fs/promises";
import { from } from "@iftk/core";
import type { BatchJournal, JournalEntry } from "./batch-journal.js";
import { jsonLines } from "./json-lines.js";

/**
 * Gives the journal that is kept in the file, an entry in each line; the file is made when the first is. A line whose writing was
 * interrupted counts as not there.
 */
export function fileJournal(path: string): BatchJournal {
  /** Appends come one after the other, the first when the file has been seen to end in a whole line. */
  let last: Promise<void> = Promise.resolve();
  let isWhole = false;

  async function write(entry: JournalEntry): Promise<void> {
    if (!isWhole) await cutUnfinished(path);
    isWhole = true;
    // A batch that was paid for is worth the wait for the disk; what is read of it can be read again.
    await appendFile(path, `${JSON.stringify(entry)}\n`, { flush: entry.type === "submitted" });
  }

  return {
    entries: () => entriesOf(path),
    append(entry) {
      const written = last.then(() => write(entry));
      last = written.catch(() => {});
      return written;
    },
  };
}

async function* entriesOf(path: string): AsyncGenerator<JournalEntry, void, undefined> {
  const file = createReadStream(path);
  try {
    for await (const entry of jsonLines({ subject: path, maxLine: 2 ** 26, dropsUnfinished: true })(from<Uint8Array>(file))) {
      if (isEntry(entry)) yield entry;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  } finally {
    file.destroy();
  }
}

/** Entries of other kinds, which a later version may write, are left out. */
function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== "object" || value === null) return false;
  const { type, id, reply, batch, ids } = value as Record<string, unknown>;
  if (type === "reply") return typeof id === "string" && typeof reply === "object" && reply !== null;
  if (type === "submitted") return typeof batch === "string" && Array.isArray(ids);
  return type === "read" && typeof batch === "string";
}

const lineFeed = 0x0a;

/** Shortens the file to the end of its last whole line. */
async function cutUnfinished(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    const { size } = await file.stat();
    const end = await endOfLastLine(file, size);
    if (end < size) await file.truncate(end);
  } finally {
    await file.close();
  }
}

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const bytes = new Uint8Array(65_536);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - bytes.length);
    const { bytesRead } = await file.read(bytes, 0, end - start, start);
    const found = bytes.subarray(0, bytesRead).lastIndexOf(lineFeed);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}
