import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failing, tracked, feed } from "@iftk/testing";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertImage } from "./convert-image.js";
import { loadSharp } from "./load-sharp.js";
import { mediaFromFile, mediaFromStream } from "./media-from-file.js";
import { mediaTypeOf } from "./media-type-of.js";

let folder: string;
let image: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "media-"));
  image = await sharp({ create: { width: 2, height: 3, channels: 3, background: "red" } }).jpeg().toBuffer();
});
afterAll(() => rm(folder, { recursive: true }));

describe("mediaFromFile", () => {
  it("reads a file and tells what it is by its bytes, then by its name", async () => {
    await writeFile(join(folder, "a.png"), image);
    await writeFile(join(folder, "a.csv"), "a,b");
    await writeFile(join(folder, "a"), "a,b");
    const types = await Promise.all(["a.png", "a.csv", "a"].map(async (name) => (await mediaFromFile(join(folder, name))).mediaType));
    expect([types, (await mediaFromFile(join(folder, "a.png"))).data, (await mediaFromFile(join(folder, "a"), { mediaType: "text/plain" })).mediaType]).toEqual([["image/jpeg", "text/csv", "application/octet-stream"], image, "text/plain"]);
  });

  it("refuses what is not there, no file, a pipe and what is too large, without the path", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await writeFile(join(folder, "large"), "123456");
    await symlink("/dev/zero", join(folder, "endless"));
    const failures = await Promise.all(["missing", "", "pipe", "endless", "large"].map((name) => mediaFromFile(join(folder, name), { maxBytes: 5 }).catch((error: unknown) => error)));
    expect(failures).toMatchObject([{ code: "not_found", message: 'there is no file "missing"' }, { code: "invalid_argument" }, { code: "invalid_argument" }, { code: "invalid_argument" }, { reason: "too-large" }]);
  });
});

describe("mediaFromStream", () => {
  it("reads a stream, closes one that is too long, and passes on its error", async () => {
    expect(await mediaFromStream(feed(image.subarray(0, 5), image.subarray(5)))).toEqual({ data: image, mediaType: "image/jpeg" });
    const long = tracked(feed(image, image));
    await expect(mediaFromStream(long, { maxBytes: image.length })).rejects.toMatchObject({ reason: "too-large" });
    expect(long.closed).toBe(1);
    const error = new Error("cut");
    await expect(mediaFromStream(failing(error, image))).rejects.toBe(error);
  });
});

describe("mediaTypeOf", () => {
  it("names what bytes show as providers do, and nothing for text", async () => {
    const wave = Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVEfmt "), Buffer.alloc(32)]);
    expect([await mediaTypeOf(image), await mediaTypeOf(wave), await mediaTypeOf(Buffer.from("hello")), await mediaTypeOf(new Uint8Array())]).toEqual(["image/jpeg", "audio/wav", undefined, undefined]);
  });
});

describe("convertImage", () => {
  it("gives the image in another format", async () => {
    const png = await convertImage(image, "png");
    expect([await mediaTypeOf(png), await sharp(png).metadata()]).toMatchObject(["image/png", { width: 2, height: 3 }]);
  });

  it("refuses what is no image, and says how to get sharp where it is missing", async () => {
    await expect(convertImage(Buffer.from("no image"), "png")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(loadSharp(() => Promise.reject(new Error("not found")))).rejects.toMatchObject({ code: "failed_precondition", reason: "missing-package" });
  });
});
