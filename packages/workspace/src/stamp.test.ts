import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOf, unlessStamped } from "../stamp.mjs";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "iftk-stamp-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a step runs once for the same sources, and again when one changes or a fact differs", async () => {
  const source = join(folder, "source");
  const stamp = join(folder, "stamp");
  let runs = 0;
  const run = async (fact: string): Promise<number> => {
    await unlessStamped([stamp], () => hashOf([source], fact), () => void (runs += 1));
    return runs;
  };
  writeFileSync(source, "one");
  const counts = [await run("a"), await run("a")];
  writeFileSync(source, "two");
  counts.push(await run("a"), await run("a"), await run("b"), await run("b"));
  expect(counts).toEqual([1, 1, 2, 2, 3, 3]);
});

test("a step that fails leaves no stamp, not even the one of an earlier success", async () => {
  const stamp = join(folder, "stamp");
  const failing = unlessStamped([stamp], () => "new", () => Promise.reject(new Error("cut short")));
  await expect(failing).rejects.toThrow("cut short");
  let runs = 0;
  const count = (): void => void (runs += 1);
  await unlessStamped([stamp], () => "old", count);
  await expect(unlessStamped([stamp], () => "new", () => Promise.reject(new Error("cut short")))).rejects.toThrow("cut short");
  await unlessStamped([stamp], () => "old", count);
  expect(runs).toBe(2);
});

test("any of several stamps will do", async () => {
  const [one, other] = [join(folder, "one"), join(folder, "other")];
  let runs = 0;
  const count = (): void => void (runs += 1);
  await unlessStamped([one], () => "same", count);
  await unlessStamped([other, one], () => "same", count);
  expect(runs).toBe(1);
});
