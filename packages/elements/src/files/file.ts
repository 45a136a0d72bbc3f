/** Files that are written. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inputStream, StageError, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { z } from "zod";
import { stored } from "./file-failure.js";
import { pathProperty, place, type FileOptions } from "./place.js";
import { writable } from "./writable.js";

/** The element that writes what comes to a file. */
export const fileElement = (options: FileOptions = {}) => element({
  kind: "sink",
  name: "file",
  description:
    "Writes texts and bytes to a file as they are, and any other value as a line of JSON. The file has its name once all of it is there, and then takes the place of one that had it; with append it grows as values come.",
  properties: z.strictObject({
    path: pathProperty.describe("Where the file is; its folder is there already."),
    append: z.boolean().default(false).describe("Whether values are added to what the file holds."),
    overwrite: z.boolean().default(true).describe("Whether a file that is there is replaced; without it that is an error, and append adds to it all the same."),
  }),
  in: { name: "in", caps: caps.any },
  create({ path, append, overwrite }) {
    const find = place("file", path, options);
    return inputStream(async function file(input: Stream<unknown>, { signal }): Promise<void> {
      const target = await find({ isNew: true });
      signal.throwIfAborted();
      await using output = await Output.open(path, target, { append, overwrite });
      for await (const value of input) await output.write(writable(value));
      signal.throwIfAborted();
      await output.save();
    });
  },
});

/** A file that is being written: one under a temporary name is removed unless it is saved. */
class Output implements AsyncDisposable {
  readonly #path: string;
  readonly #target: string;
  readonly #temporary: string | undefined;
  readonly #isNew: boolean;
  readonly #handle: FileHandle;
  #isSaved = false;

  /** @throws StageError as `stored` does. */
  static open(path: string, target: string, { append, overwrite }: { readonly append: boolean; readonly overwrite: boolean }): Promise<Output> {
    return stored("file", path, async () => {
      const isNew = !append && !overwrite;
      if (isNew && (await lstat(target).then(() => true, () => false))) throw isThere(path);
      const isReplaced = !append && (await isPlain(target));
      const temporary = isReplaced ? join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.part`) : undefined;
      const flags = constants.O_WRONLY | (temporary === undefined ? constants.O_CREAT | (append ? constants.O_APPEND : 0) : constants.O_CREAT | constants.O_EXCL) | (constants.O_NOFOLLOW ?? 0);
      return new Output(path, target, temporary, isNew, await open(temporary ?? target, flags, 0o666));
    });
  }

  private constructor(path: string, target: string, temporary: string | undefined, isNew: boolean, handle: FileHandle) {
    this.#path = path;
    this.#target = target;
    this.#temporary = temporary;
    this.#isNew = isNew;
    this.#handle = handle;
  }

  write(data: string | Uint8Array): Promise<void> {
    return stored("file", this.#path, () => this.#handle.writeFile(data));
  }

  /** Gives the file its name. */
  async save(): Promise<void> {
    const temporary = this.#temporary;
    if (temporary === undefined) return;
    await stored("file", this.#path, async () => {
      await this.#handle.sync();
      // A link, unlike a new name, is refused where another file came to be meanwhile.
      if (this.#isNew) await link(temporary, this.#target).catch((error: unknown) => Promise.reject((error as NodeJS.ErrnoException).code === "EEXIST" ? isThere(this.#path) : error));
      else await rename(temporary, this.#target);
    });
    this.#isSaved = !this.#isNew;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
    if (this.#temporary !== undefined && !this.#isSaved) await rm(this.#temporary, { force: true });
  }
}

const isThere = (path: string): StageError => new StageError("failed_precondition", `file: ${path}: there is such a file already, and overwrite is false`, { reason: "exists" });

/** Whether it is a file, or nothing yet: neither a folder nor a device, which cannot be replaced. */
async function isPlain(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.isFile();
}
