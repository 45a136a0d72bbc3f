import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collect, StageError } from "@iftk/core";
import { failing, feed, hang, turns } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../fixtures/temporary-folder.js";
import { fileElement, readBytesElement, readElement } from "../index.js";

const call = { signal: new AbortController().signal };

describe("file", () => {
  test("writes texts and bytes as they are and other values as lines of JSON, and has its name when all is there", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "a b.txt"), "old");
    let during: unknown;
    const input = async function* (): AsyncGenerator {
      yield "Olé ";
      during = [await readFile(join(folder.path, "a b.txt"), "utf8"), (await readdir(folder.path)).length];
      yield new TextEncoder().encode("!");
      yield { a: 1 };
    };
    await fileElement({ root: folder.path })({ path: "a b.txt" })(input(), call);
    expect([during, await readFile(join(folder.path, "a b.txt"), "utf8"), await readdir(folder.path)]).toEqual([["old", 2], 'Olé !{"a":1}\n', ["a b.txt"]]);
  });

  test("leaves nothing behind when its input fails, and what was there as it was", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "a"), "old");
    const error = new Error("of the source");
    await expect(fileElement({ root: folder.path })({ path: "a" })(failing(error, "new"), call)).rejects.toBe(error);
    expect([await readFile(join(folder.path, "a"), "utf8"), await readdir(folder.path)]).toEqual(["old", ["a"]]);
  });

  test("hears an abort while its input hangs, and leaves nothing behind", async () => {
    await using folder = await temporaryFolder();
    const controller = new AbortController();
    const writing = fileElement({ root: folder.path })({ path: "a" })(hang("new"), { signal: controller.signal });
    writing.catch(() => {});
    while ((await readdir(folder.path)).length === 0) await turns();
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    while ((await readdir(folder.path)).length > 0) await turns();
  });

  test("adds to what is there with append, as values come", async () => {
    await using folder = await temporaryFolder();
    const log = fileElement({ root: folder.path })({ path: "log", append: true });
    await log(feed("a\n"), call);
    await expect(log(failing(new Error("x"), "b\n"), call)).rejects.toThrow("x");
    expect(await readFile(join(folder.path, "log"), "utf8")).toBe("a\nb\n");
  });

  test("takes no other file's place without overwrite, nor that of one that came to be meanwhile", async () => {
    await using folder = await temporaryFolder();
    const write = fileElement({ root: folder.path })({ path: "a", overwrite: false });
    const refusal = expect.objectContaining({ code: "failed_precondition", reason: "exists", message: "file: a: there is such a file already, and overwrite is false" });
    const meanwhile = async function* (): AsyncGenerator {
      yield "mine";
      await writeFile(join(folder.path, "a"), "theirs");
    };
    await expect(write(meanwhile(), call)).rejects.toThrow(refusal);
    await expect(write(hang(), call)).rejects.toThrow(refusal);
    expect([await readFile(join(folder.path, "a"), "utf8"), await readdir(folder.path)]).toEqual(["theirs", ["a"]]);
    await fileElement({ root: folder.path })({ path: "b", overwrite: false })(feed("b"), call);
    expect([await readFile(join(folder.path, "b"), "utf8"), (await readdir(folder.path)).sort()]).toEqual(["b", ["a", "b"]]);
  });

  test("writes to a device rather than replace it", async () => {
    await fileElement()({ path: "/dev/null" })(feed("a"), call);
    expect((await collect(readElement()({ path: "/dev/null" })(call)))).toEqual([]);
  });

  test("tells at once that its folder is not there, before it reads", async () => {
    await using folder = await temporaryFolder();
    await expect(fileElement({ root: folder.path })({ path: "no/file" })(hang(), call)).rejects.toThrow(new StageError("not_found", "file: no/file: no such file or folder", { reason: "storage" }));
    await mkdir(join(folder.path, "folder"));
    await expect(fileElement({ root: folder.path })({ path: "folder" })(feed("a"), call)).rejects.toThrow("file: folder: EISDIR");
  });
});

describe("read", () => {
  test("gives the text of a file, also where a character is cut, and its bytes", async () => {
    await using folder = await temporaryFolder();
    const text = `${"a".repeat(2 ** 16 - 1)}é\nend`;
    await writeFile(join(folder.path, "text"), text);
    const [given, bytes] = [await collect(readElement({ root: folder.path })({ path: "text" })(call)), await collect(readBytesElement({ root: folder.path })({ path: "text" })(call))];
    expect([given.length > 1, given.join(""), Buffer.concat(bytes as Uint8Array[]).toString()]).toEqual([true, text, text]);
  });

  test("tells what is not there when it is read, and what is no text", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "bytes"), new Uint8Array([0xff]));
    const read = async (path: string): Promise<unknown> => collect(readElement({ root: folder.path })({ path })(call));
    await expect(read("nothing")).rejects.toThrow(new StageError("not_found", "read: nothing: no such file or folder", { reason: "storage" }));
    await expect(read(".")).rejects.toThrow(expect.objectContaining({ code: "permission_denied" }));
    await expect(read("bytes")).rejects.toThrow("not UTF-8");
  });

  test("can be read again by each run, and left in the middle", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "text"), "a".repeat(2 ** 18));
    const read = readElement({ root: folder.path })({ path: "text" });
    for await (const _ of read(call)) break;
    expect((await collect(read(call))).length).toBe(4);
  });
});

describe("a root", () => {
  test.each(["../a", "/etc/passwd", "a/../../b", "..", "."])("keeps %s out when the element is made", async (path) => {
    for (const element of [readElement, fileElement]) expect(() => element({ root: "/tmp/root" })({ path })).toThrow(expect.objectContaining({ code: "permission_denied", reason: "outside-root" }));
  });

  test("keeps links out that lead elsewhere, of files and of folders", async () => {
    await using root = await temporaryFolder();
    await using other = await temporaryFolder();
    await writeFile(join(other.path, "secret"), "secret");
    await symlink(join(other.path, "secret"), join(root.path, "file"));
    await symlink(other.path, join(root.path, "folder"));
    const refusal = expect.objectContaining({ code: "permission_denied" });
    for (const path of ["file", "folder/secret"]) await expect(collect(readElement({ root: root.path })({ path })(call))).rejects.toThrow(refusal);
    await expect(fileElement({ root: root.path })({ path: "folder/new" })(feed("x"), call)).rejects.toThrow(refusal);
    await expect(fileElement({ root: root.path })({ path: "file", append: true })(feed("x"), call)).rejects.toThrow(refusal);
    await fileElement({ root: root.path })({ path: "file" })(feed("x"), call);
    expect([await readFile(join(other.path, "secret"), "utf8"), await readdir(other.path), await readFile(join(root.path, "file"), "utf8")]).toEqual(["secret", ["secret"], "x"]);
  });

  test("takes names that only look as if they led out, and paths anywhere where there is none", async () => {
    await using folder = await temporaryFolder();
    await fileElement({ root: folder.path })({ path: "..a" })(feed("x"), call);
    await fileElement()({ path: join(folder.path, "b") })(feed("y"), call);
    expect((await readdir(folder.path)).sort()).toEqual(["..a", "b"]);
  });
});
