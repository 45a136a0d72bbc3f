/** Media from files and streams, for code that has them: messages never name a path. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename, extname } from "node:path";
import { StageError, type Stream } from "@iftk/core";
import type { FetchedMedia } from "./fetch-media.js";
import { tellMediaType } from "./media-type-of.js";
import { defaultMaxBytes, readBounded, tooLarge } from "./read-bounded.js";

/** How media are read. */
export interface ReadMediaOptions {
  /** What they are; by default what the bytes show. */
  readonly mediaType?: string | undefined;
  /** Largest size in bytes; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
}

/** Types that bytes do not show, by the extension of a file. */
const byExtension: ReadonlyMap<string, string> = new Map([
  [".txt", "text/plain"],
  [".md", "text/markdown"],
  [".csv", "text/csv"],
  [".html", "text/html"],
  [".json", "application/json"],
  [".jsonl", "application/jsonl"],
  [".xml", "application/xml"],
  [".svg", "image/svg+xml"],
]);

/**
 * Reads a file.
 *
 * @throws StageError `not_found`, `permission_denied`, `invalid_argument` for what is no file, `resource_exhausted` with reason `too-large`.
 */
export async function mediaFromFile(path: string, { mediaType, maxBytes = defaultMaxBytes }: ReadMediaOptions = {}): Promise<FetchedMedia> {
  const name = JSON.stringify(basename(path));
  // Not to wait for the other end of what turns out to be a pipe.
  await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw fileFailure(name, error);
  });
  const stat = await file.stat();
  if (!stat.isFile()) throw new StageError("invalid_argument", `${name} is not a file`);
  if (stat.size > maxBytes) throw tooLarge(maxBytes);
  const data = await readBounded(file.createReadStream({ autoClose: false }), maxBytes);
  return { data, mediaType: mediaType ?? (await tellMediaType(data, byExtension.get(extname(path).toLowerCase()))) };
}

/**
 * Reads a stream to its end.
 *
 * @throws StageError `resource_exhausted` with reason `too-large`, and what the stream throws.
 */
export async function mediaFromStream(stream: Stream<Uint8Array> | ReadableStream<Uint8Array>, { mediaType, maxBytes = defaultMaxBytes }: ReadMediaOptions = {}): Promise<FetchedMedia> {
  const data = await readBounded(stream, maxBytes);
  return { data, mediaType: mediaType ?? (await tellMediaType(data, undefined)) };
}

function fileFailure(name: string, cause: unknown): StageError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") return new StageError("not_found", `there is no file ${name}`, { cause });
  if (code === "EACCES" || code === "EPERM") return new StageError("permission_denied", `the file ${name} may not be read`, { cause });
  return new StageError("invalid_argument", `the file ${name} cannot be read: ${code ?? "unknown"}`, { cause });
}
