import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "@iftk/core";
import { afterAll, expect, test } from "vitest";
import type { JournalEntry } from "./batch-journal.js";
import { fileJournal } from "./file-journal.js";
import { replyOf } from "./fixtures/memory-jobs.js";

const folder = await mkdtemp(join(tmpdir(), "iftk-journal-"));
afterAll(() => rm(folder, { recursive: true }));
let count = 0;
const newPath = (): string => join(folder, `${count++}.jsonl`);

const entries: readonly JournalEntry[] = [
  { type: "submitted", batch: "batch_0", ids: ["a", "b"] },
  { type: "reply", id: "a", reply: replyOf("Å\n🌊") },
  { type: "read", batch: "batch_0" },
];

test("a journal in a file gives what was written, in its order, also to another program", async () => {
  const path = newPath();
  const journal = fileJournal(path);
  await Promise.all(entries.map((entry) => journal.append(entry)));
  expect([await collect(journal.entries()), await collect(fileJournal(path).entries())]).toEqual([entries, entries]);
});

test("a journal whose file is not there is empty", async () => {
  expect(await collect(fileJournal(newPath()).entries())).toEqual([]);
});

test("a line whose writing was interrupted counts as not there, and the next entry takes its place", async () => {
  const path = newPath();
  const [first, second, third] = entries as [JournalEntry, JournalEntry, JournalEntry];
  await fileJournal(path).append(first);
  await appendFile(path, JSON.stringify({ type: "reply", id: "b", reply: replyOf("x".repeat(200_000)) }).slice(0, -5));
  const journal = fileJournal(path);
  expect(await collect(journal.entries())).toEqual([first]);
  await journal.append(second);
  await journal.append(third);
  expect(await collect(journal.entries())).toEqual(entries);
});

test("a file without one whole line begins anew", async () => {
  const path = newPath();
  await writeFile(path, '{"type": "rep');
  await fileJournal(path).append(entries[2] as JournalEntry);
  expect(await readFile(path, "utf8")).toBe('{"type":"read","batch":"batch_0"}\n');
});

test("entries that are not known are left out, and a broken line is told by its place", async () => {
  const path = newPath();
  await writeFile(path, `{"type":"later"}\n7\n${JSON.stringify(entries[2])}\n`);
  expect(await collect(fileJournal(path).entries())).toEqual([entries[2]]);
  await appendFile(path, "{broken\n");
  await expect(collect(fileJournal(path).entries())).rejects.toMatchObject({ reason: "malformed", message: expect.stringContaining(`${path}: line 4`) as string });
});
