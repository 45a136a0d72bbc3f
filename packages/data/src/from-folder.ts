/** Data streams of folders. */
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { each, outputStream, pipe, StageError } from "@iftk/core";
import { DataStream } from "./data-stream.js";
import { pathOf, withPath } from "./file-bytes.js";
import { fromFile, knownExtensions, type FileOptions } from "./from-file.js";

/** How a folder is read. */
export interface FolderOptions<T = unknown> extends Omit<FileOptions<T>, "name"> {
  /** The extension of the files to read, such as `.jsonl`; by default all that `fromFile` knows. */
  readonly extension?: string;
}

/**
 * The items of the files in a folder, file after file in the order of their names by code units; folders within are passed over.
 *
 * A reading lists the files anew. It fails with StageError `not_found` when there is no such folder, or no such file in it.
 *
 * @throws StageError `invalid_argument` for an extension that `fromFile` does not know.
 */
export function fromFolder<T = unknown>(path: string | URL, options: FolderOptions<T> = {}): DataStream<T> {
  const folder = pathOf(path);
  const { extension } = options;
  if (extension !== undefined && !knownExtensions.includes(extension)) throw new StageError("invalid_argument", `fromFolder: the extension ${JSON.stringify(extension)} is not known, only ${knownExtensions.join(", ")}`);
  const wanted = extension === undefined ? knownExtensions : [extension];

  const files = outputStream(async function* files(_: undefined) {
    const entries = await withPath(folder, readdir(folder, { withFileTypes: true }));
    const names = entries.filter((entry) => !entry.isDirectory() && wanted.includes(extname(entry.name).toLowerCase())).map((entry) => entry.name);
    if (names.length === 0) throw new StageError("not_found", `${folder}: the folder has no file with the extension ${wanted.join(", ")}`);
    yield* names.toSorted();
  });
  const items = outputStream((name: string, call) => fromFile(join(folder, name), options).open(call));
  return new DataStream(folder, pipe(files, each(items)));
}
