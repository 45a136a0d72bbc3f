/** Media that are written to files as they come. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { inputStream, StageError, type InputStream } from "@iftk/core";
import { checkFinish } from "../check-finish.js";
import type { MediaPart, MediaStart } from "../media-part.js";
import type { Finish } from "../part.js";
import { checkFileName, fileNameOf } from "./file-name.js";
import { tooLarge } from "./read-bounded.js";

/** Where media are saved. */
export interface SaveMediaOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** Name of the file, never a path; an extension is added where it has none, and a number from the second medium on. "media" by default. */
  readonly name?: string | undefined;
  /** Largest size of all files together, in bytes; 2 GiB by default. */
  readonly maxBytes?: number | undefined;
}

/** A file that was written. */
export interface SavedMedia {
  readonly path: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
}

/** Media of one reply that may be open at a time. */
const mostOpen = 64;

/**
 * Writes the media of a reply to files of the folder, each piece as it comes, without previews.
 *
 * They are written under temporary names and get their own when the reply is whole: what has such a name is complete,
 * and of a reply that fails or is aborted nothing stays. A file of the same name is replaced.
 * Throws StageError `invalid_argument` for a name that could lead elsewhere, `unavailable` with reason `truncated` for a reply that is cut,
 * `resource_exhausted` with reason `too-large`, and `failed_precondition` with reason `storage` where a file cannot be written.
 */
export function saveMedia({ folder, name = "media", maxBytes = 2 ** 31 }: SaveMediaOptions): InputStream<MediaPart, SavedMedia[]> {
  checkFileName(name);
  return inputStream(async function saveMedia(parts, { signal }): Promise<SavedMedia[]> {
    await using media = new Unsaved(folder, maxBytes);
    let finish: Finish | undefined;
    // Not by for-await, which would wait for a deaf source to close before anything is removed; the run closes it.
    const iterator: AsyncIterator<MediaPart, unknown> = parts[Symbol.asyncIterator]();
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      const part = step.value;
      if (part.type === "media-start" && !part.isPreview) await media.begin(part);
      else if (part.type === "media-delta") await media.write(part.index, part.bytes);
      else if (part.type === "media-end") await media.end(part.index);
      else if (part.type === "finish") finish = part;
      signal.throwIfAborted();
    }
    checkFinish(finish);
    return await media.save(name, signal);
  });
}

interface TemporaryFile {
  readonly path: string;
  readonly mediaType: string;
  /** Undefined when all is written. */
  handle: FileHandle | undefined;
  size: number;
}

/** Files under temporary names; those that were not saved are removed in the end. */
class Unsaved implements AsyncDisposable {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #files = new Map<number, TemporaryFile>();
  /** What is removed unless all goes well. */
  readonly #paths = new Set<string>();
  #size = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  async begin({ index, mediaType }: MediaStart): Promise<void> {
    if (this.#files.has(index) || [...this.#files.values()].filter(({ handle }) => handle).length >= mostOpen) throw new StageError("internal", `saveMedia: medium ${index} begins twice, or more than ${mostOpen} are open at a time`);
    const path = join(this.#folder, `.${randomUUID()}.part`);
    const handle = await stored(async () => {
      await mkdir(this.#folder, { recursive: true });
      return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o666);
    });
    this.#paths.add(path);
    this.#files.set(index, { path, mediaType, handle, size: 0 });
  }

  async write(index: number, bytes: Uint8Array): Promise<void> {
    const file = this.#files.get(index);
    if (!file?.handle) return; // of a preview
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes);
    const { handle } = file;
    file.size += bytes.length;
    await stored(() => handle.writeFile(bytes));
  }

  async end(index: number): Promise<void> {
    const file = this.#files.get(index);
    if (!file?.handle) return;
    const { handle } = file;
    await stored(() => handle.sync());
    file.handle = undefined;
    await stored(() => handle.close());
  }

  /** Gives the files their names. */
  async save(name: string, signal: AbortSignal): Promise<SavedMedia[]> {
    const files = [...this.#files].toSorted(([a], [b]) => a - b).map(([, file]) => file);
    const cut = files.find(({ handle }) => handle);
    if (cut) throw new StageError("unavailable", `saveMedia: a medium of type ${cut.mediaType} ended before its end: it is cut off`, { reason: "truncated" });
    const saved: SavedMedia[] = [];
    for (const [place, { path: from, mediaType, size }] of files.entries()) {
      const path = join(this.#folder, fileNameOf(name, place, mediaType));
      await stored(() => rename(from, path));
      this.#paths.delete(from);
      this.#paths.add(path);
      saved.push({ path, mediaType, size });
      signal.throwIfAborted();
    }
    this.#paths.clear();
    return saved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.#files.values()) await handle?.close().catch(() => {});
    for (const path of this.#paths) await rm(path, { force: true }).catch(() => {});
  }
}

async function stored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StageError("failed_precondition", `saveMedia: the file cannot be written: ${(cause as NodeJS.ErrnoException).code ?? "unknown"}`, { reason: "storage", cause });
  }
}
