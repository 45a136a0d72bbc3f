import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { StageError } from "@iftk/core";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { fromJsonl, fromText, type DataStream } from "./index.js";
import { fileBytes, fromFile, fromFolder } from "./node.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Files of the folder that this process has open. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith(folder) ? [target.slice(folder.length + 1)] : [];
    } catch {
      return []; // the one that listed the folder
    }
  });
}

async function failure(data: DataStream<unknown>): Promise<unknown> {
  return data.toArray().then(
    (items) => items,
    (error: unknown) => (StageError.is(error) ? [error.code, error.message.replaceAll(folder, "")] : error),
  );
}

describe("fromFile", () => {
  test.each([
    ["a.jsonl", '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ["a.ndjson", "1\n2", [1, 2]],
    ["a.JSON", '[{"a":1}]', [{ a: 1 }]],
    ["a.csv", "a,b\n1,2\n", [{ a: "1", b: "2" }]],
    ["a.tsv", "a\tb\n1\t2\n", [{ a: "1", b: "2" }]],
    ["a.txt", "one\r\ntwo\r\n", ["one", "two"]],
  ])("reads %s as its extension says, again and again, by path and by URL", async (name, content, items) => {
    const path = write(name, content);
    const data = fromFile(path);
    expect([await data.toArray(), await data.toArray(), await fromFile(pathToFileURL(path)).toArray()]).toEqual([items, items, items]);
  });

  test("takes the options of the format", async () => {
    const csv = write("semicolons.csv", "1;2\n");
    const txt = write("whole.txt", "one\ntwo\n");
    expect([
      await fromFile(csv, { header: ["a", "b"], delimiter: ";", schema: z.object({ a: z.coerce.number(), b: z.string() }) }).toArray(),
      await fromFile(txt, { whole: true }).toArray(),
      await fromJsonl(fileBytes(write("values.log", "1\n"))).toArray(),
      await fromText(fileBytes(txt)).toArray(),
    ]).toEqual([[{ a: 1, b: "2" }], ["one\ntwo\n"], [1], ["one\ntwo\n"]]);
  });

  test("does not read the file before the first item is asked for, nor more of it than is needed", async () => {
    const path = join(folder, "later.jsonl");
    const data = fromFile(path);
    writeFileSync(path, `1\n${"2\n".repeat(100_000)}not JSON\n`);
    expect([await data.peek(), await data.take(2).toArray()]).toEqual([1, [1, 2]]);
  });

  test("names file and line of an error, after the items before it", async () => {
    const path = write("reviews.jsonl", `${'{"a":1}\n'.repeat(16)}{"a":\n{"a":2}\n`);
    let read = 0;
    expect([await failure(fromFile(path).map(() => void read++)), read]).toEqual([["invalid_argument", expect.stringMatching(/^\/reviews\.jsonl:17: not JSON: /)], 16]);
  });

  test("says what is missing, what is a folder and what it cannot read", async () => {
    mkdirSync(join(folder, "folder.csv"));
    expect([
      await failure(fromFile(join(folder, "none.csv"))),
      await failure(fromFile(join(folder, "folder.csv"))),
      await failure(fromFolder(join(folder, "none"))),
    ]).toEqual([
      ["not_found", "/none.csv: no such file or folder"],
      ["invalid_argument", expect.stringMatching(/^\/folder\.csv: EISDIR/)],
      ["not_found", "/none: no such file or folder"],
    ]);
    expect(() => fromFile("picture.png")).toThrow("picture.png: files with the extension .png are not known, only .jsonl, .ndjson, .json, .csv, .tsv, .txt; give fileBytes(path)");
  });

  test.skipIf(!existsSync("/proc/self/fd"))("closes the file at the end, at an error, when the reader leaves and when it is aborted", async () => {
    const path = write("handles.jsonl", "1\n".repeat(200_000));
    const data = fromFile(path);
    const open: string[][] = [];
    for await (const item of data.zip(data.map((value) => value))) {
      open.push(openFiles());
      if (item) break;
    }
    open.push(openFiles());
    await data.count();
    await failure(fromFile(write("broken.json", "[1,")));
    const controller = new AbortController();
    const reading = data.open({ signal: controller.signal })[Symbol.asyncIterator]();
    await reading.next();
    controller.abort(new Error("enough"));
    await expect(reading.next()).rejects.toThrow("enough");
    open.push(openFiles());
    expect(open).toEqual([["handles.jsonl", "handles.jsonl"], [], []]);
  });
});

describe("fromFolder", () => {
  write("set/b.jsonl", '"b"\n');
  write("set/a.jsonl", '"a"\n');
  write("set/B.json", '["B"]');
  write("set/c.txt", "c\n");
  write("set/notes.md", "no data");
  write("set/more/d.jsonl", '"d"\n');
  const set = join(folder, "set");

  test("reads the files it knows in the order of their names, or those of one extension", async () => {
    expect([await fromFolder(set).toArray(), await fromFolder(set, { extension: ".jsonl" }).toArray(), await fromFolder(pathToFileURL(set)).count()]).toEqual([["B", "a", "b", "c"], ["a", "b"], 4]);
  });

  test("lists the files anew in every reading", async () => {
    write("growing/a.txt", "one\n");
    const data = fromFolder(join(folder, "growing"));
    const before = await data.toArray();
    write("growing/b.txt", "two\n");
    expect([before, await data.toArray()]).toEqual([["one"], ["one", "two"]]);
  });

  test("names file and line of an error, also of an item that does not fit the schema", async () => {
    write("bad/a.jsonl", "1\n2\n");
    write("bad/b.jsonl", '3\n"4"\n');
    const bad = join(folder, "bad");
    expect([await failure(fromFolder(bad, { schema: z.number() })), await failure(fromFolder(bad, { extension: ".csv" }))]).toEqual([
      ["invalid_argument", expect.stringMatching(/^\/bad\/b\.jsonl:2: /)],
      ["not_found", "/bad: the folder has no file with the extension .csv"],
    ]);
    expect(() => fromFolder(bad, { extension: "csv" })).toThrow('fromFolder: the extension "csv" is not known, only .jsonl');
  });

  test.skipIf(!existsSync("/proc/self/fd"))("has one file open at a time, and none when the reader has left", async () => {
    const open: string[][] = [];
    for await (const item of fromFolder(set)) {
      open.push(openFiles());
      if (item === "b") break;
    }
    expect([open.every((files) => files.length <= 1), openFiles()]).toEqual([true, []]);
  });
});
