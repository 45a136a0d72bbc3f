/** Stamps: a hash of what a step was made from, kept beside what it made, so that a second run can skip it. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Lists the files under a folder, sorted, without `node_modules`, `dist` and hidden ones. */
export function listFiles(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter(({ name }) => name !== "node_modules" && name !== "dist" && !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : entry.isFile() ? [path] : [];
    });
}

/** Hashes files by name and content, with any further facts the step depends on. */
export function hashOf(files, ...facts) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`\n${file} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/**
 * Runs `step` unless a stamp holds what `hash()` gives, and writes the first of the stamps afterwards; a step that fails or is
 * interrupted leaves none.
 */
export async function unlessStamped(stamps, hash, step) {
  const before = hash();
  if (stamps.some((stamp) => existsSync(stamp) && readFileSync(stamp, "utf8") === before)) return;
  stamps.forEach((stamp) => rmSync(stamp, { force: true }));
  await step();
  mkdirSync(dirname(stamps[0]), { recursive: true });
  writeFileSync(stamps[0], hash());
}
