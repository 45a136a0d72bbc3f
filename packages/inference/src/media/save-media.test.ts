import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stream } from "@iftk/core";
import { failing, feed, hang, stageLaws, turns } from "@iftk/testing";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MediaPart } from "../media-part.js";
import { saveMedia } from "./save-media.js";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "media-"))));
afterEach(() => rm(folder, { recursive: true }));

const start = (index: number, mediaType = "image/png", isPreview = false): MediaPart => ({ type: "media-start", index, mediaType, ...(isPreview && { isPreview }) });
const delta = (index: number, text: string): MediaPart => ({ type: "media-delta", index, bytes: new TextEncoder().encode(text) });
const end = (index: number): MediaPart => ({ type: "media-end", index });
const finish: MediaPart = { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0 } };
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "no failure", (error: unknown) => error);
const contents = async () => new Map(await Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));

describe("saveMedia", () => {
  it("writes media that come interleaved, without previews, and tells where", async () => {
    const parts = feed<MediaPart>(start(0, "image/png", true), delta(0, "preview"), end(0), start(1), start(2, "image/jpeg"), { type: "progress", status: "half" }, delta(1, "a"), delta(2, "x"), delta(1, "b"), end(2), end(1), finish);
    const inner = join(folder, "new", "inner");
    expect(await saveMedia({ folder: inner, name: "cat" })(parts)).toEqual([
      { path: join(inner, "cat.png"), mediaType: "image/png", size: 2 },
      { path: join(inner, "cat-2.jpg"), mediaType: "image/jpeg", size: 1 },
    ]);
    expect([await readFile(join(inner, "cat.png"), "utf8"), await readdir(inner)]).toEqual(["ab", ["cat-2.jpg", "cat.png"]]);
  });

  it("replaces a file of that name, and never follows a link", async () => {
    await writeFile(join(folder, "outside"), "safe");
    await writeFile(join(folder, "b.png"), "old");
    await symlink(join(folder, "outside"), join(folder, "a.png"));
    for (const name of ["a.png", "b.png"]) await saveMedia({ folder, name })(feed<MediaPart>(start(0), delta(0, "new"), end(0), finish));
    expect(Object.fromEntries(await contents())).toEqual({ outside: "safe", "a.png": "new", "b.png": "new" });
  });

  it("keeps a name hidden until the reply is whole", async () => {
    let seen: string[] = [];
    async function* parts(): Stream<MediaPart> {
      yield* [start(0), delta(0, "a"), end(0)];
      seen = await readdir(folder);
      yield finish;
    }
    await saveMedia({ folder })(parts());
    expect([seen, await contents()]).toEqual([[expect.stringMatching(/^\..*\.part$/)], new Map([["media.png", "a"]])]);
  });

  const broken = new Error("broken");
  it.each<[string, () => Stream<MediaPart>, unknown]>([
    ["fails", () => failing(broken, start(0), delta(0, "a"), end(0)), "broken"],
    ["ends without finish", () => feed<MediaPart>(start(0), delta(0, "a"), end(0)), "truncated"],
    ["ends within a medium", () => feed<MediaPart>(start(0), delta(0, "a"), finish), "truncated"],
    ["is too large", () => feed<MediaPart>(start(0), delta(0, "a".repeat(11)), end(0), finish), "too-large"],
    ["begins a medium twice", () => feed<MediaPart>(start(0), start(0)), "internal"],
  ])("leaves nothing of a reply that %s", async (_name, parts, why) => {
    const failure = (await failureOf(saveMedia({ folder, maxBytes: 10 })(parts()))) as Error & { reason?: string; code?: string };
    expect([failure.reason ?? failure.code ?? failure.message, await readdir(folder)]).toEqual([why, []]);
  });

  it("leaves nothing when a file cannot get its name, also of those that had theirs", async () => {
    await mkdir(join(folder, "media-2.png"));
    await writeFile(join(folder, "media-2.png", "in the way"), "");
    const failure = await failureOf(saveMedia({ folder })(feed<MediaPart>(start(0), delta(0, "a"), end(0), start(1), end(1), finish)));
    expect([failure, await readdir(folder)]).toMatchObject([{ code: "failed_precondition", reason: "storage" }, ["media-2.png"]]);
  });

  it("leaves nothing after an abort, wherever it comes", async () => {
    const parts = [start(0), delta(0, "a"), delta(0, "b"), end(0)];
    for (let count = 0; count <= parts.length; count++) {
      const abort = new AbortController();
      const failure = failureOf(saveMedia({ folder })(hang(...parts.slice(0, count)), { signal: abort.signal }));
      await turns(count);
      abort.abort("enough");
      expect(await failure).toBe("enough");
      while ((await readdir(folder)).length > 0) await turns();
    }
  });

  it("waits for the disk before it reads on", async () => {
    let given = 0;
    async function* parts(): Stream<MediaPart> {
      yield start(0);
      for (; given < 50; given++) {
        expect((await readFile(join(folder, (await readdir(folder))[0] as string))).length).toBe(given * 1000);
        yield delta(0, "x".repeat(1000));
      }
      yield end(0);
      yield finish;
    }
    expect(await saveMedia({ folder })(parts())).toMatchObject([{ size: 50_000 }]);
  });

  it.each(["", ".", "..", "...", "../a", "a/b", "a\\b", "/etc/passwd", "C:\\a", "a:b", "a\0b", "a\nb", "con", "NUL.png", "com1", "a.", "a ", "a?", "a*", "\ud800", "x".repeat(201)])("refuses the name %j", (name) => {
    expect(() => saveMedia({ folder, name })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  it("stays in the folder whatever the name and the media type", async () => {
    const inner = join(folder, "inner");
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.constantFrom("a", "a.b", ".a", "..a", "~", "%2e%2e%2f", "ａ")), fc.oneof(fc.string(), fc.constantFrom("image/../../x", "image/png", "audio/x-wav;a=/b")), async (name, mediaType) => {
        const saved = await saveMediaOrNot(inner, name, mediaType);
        expect((await readdir(folder)).filter((entry) => entry !== "inner")).toEqual([]);
        if (saved) expect((await readdir(inner)).map((entry) => join(inner, entry))).toEqual(saved.map(({ path }) => path));
        await rm(inner, { recursive: true, force: true });
      }),
      { numRuns: 100 },
    );
  });

  async function saveMediaOrNot(inner: string, name: string, mediaType: string) {
    try {
      return await saveMedia({ folder: inner, name })(feed<MediaPart>(start(0, mediaType), delta(0, "a"), end(0), finish));
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid_argument" });
      return undefined;
    }
  }
});

describe("in a folder of its own", () => {
  const own = mkdtempSync(join(tmpdir(), "media-"));
  afterAll(() => rmSync(own, { recursive: true }));
  stageLaws("saveMedia", { stage: () => saveMedia({ folder: own, name: "laws" }), input: [start(0), delta(0, "a"), end(0), finish], output: [[{ path: join(own, "laws.png"), mediaType: "image/png", size: 1 }]] });
  it("leaves nothing of all those runs but the file", () => {
    expect(readdirSync(own)).toEqual(["laws.png"]);
  });
});
