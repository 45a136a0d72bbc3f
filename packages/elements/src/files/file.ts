/** Files that are written. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inputStream, type Stream } from "@iftk/core";
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
  }),
  in: { name: "in", caps: caps.any },
  create({ path, append }) {
    const find = place("file", path, options);
    return inputStream(async function file(input: Stream<unknown>, { signal }): Promise<void> {
      const target = await find({ isNew: true });
      signal.throwIfAborted();
      await using output = await Output.open(path, target, append);
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
  readonly #handle: FileHandle;
  #isSaved = false;

  /** @throws StageError as `stored` does. */
  static open(path: string, target: string, append: boolean): Promise<Output> {
    return stored("file", path, async () => {
      const isReplaced = !append && (await isPlain(target));
      const temporary = isReplaced ? join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.part`) : undefined;
      const flags = constants.O_WRONLY | (temporary === undefined ? constants.O_CREAT | (append ? constants.O_APPEND : 0) : constants.O_CREAT | constants.O_EXCL) | (constants.O_NOFOLLOW ?? 0);
      return new Output(path, target, temporary, await open(temporary ?? target, flags, 0o666));
    });
  }

  private constructor(path: string, target: string, temporary: string | undefined, handle: FileHandle) {
    this.#path = path;
    this.#target = target;
    this.#temporary = temporary;
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
      await rename(temporary, this.#target);
    });
    this.#isSaved = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
    if (this.#temporary !== undefined && !this.#isSaved) await rm(this.#temporary, { force: true });
  }
}

/** Whether it is a file, or nothing yet: neither a folder nor a device, which cannot be replaced. */
async function isPlain(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.isFile();
}
