/** Data streams of files. */
import { extname } from "node:path";
import { StageError } from "@iftk/core";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { fileBytes, pathOf } from "./file-bytes.js";
import { fromCsv, type CsvOptions } from "./from-csv.js";
import { fromJsonArray } from "./from-json-array.js";
import { fromJsonl } from "./from-jsonl.js";
import { fromLines, fromText } from "./from-lines.js";

/** How files are read; what only one format has is passed over by the others. */
export interface FileOptions<T = unknown> extends CsvOptions<T> {
  /** Whether the whole of a text file is one item, rather than each of its lines. */
  readonly whole?: boolean;
}

type Read = <T>(source: ByteSource, options: FileOptions<T>) => DataStream<T>;

const formats: ReadonlyMap<string, Read> = new Map<string, Read>([
  [".jsonl", fromJsonl],
  [".ndjson", fromJsonl],
  [".json", fromJsonArray],
  [".csv", fromCsv],
  [".tsv", (source, options) => fromCsv(source, { delimiter: "\t", ...options })],
  [".txt", (source, options) => (options.whole ? fromText(source, options) : fromLines(source, options))],
]);

/** The extensions of the files that can be read. */
export const knownExtensions: readonly string[] = [...formats.keys()];

/**
 * The items of a file, read as its extension says: `.jsonl` and `.ndjson` line by line, `.json` as an array, `.csv` and `.tsv`
 * as a table, `.txt` as lines. To read it as something else, give `fileBytes(path)` to what reads that.
 *
 * A reading fails with StageError `not_found` when there is no such file.
 *
 * @throws StageError `invalid_argument` for another extension.
 */
export function fromFile<T = unknown>(path: string | URL, options: FileOptions<T> = {}): DataStream<T> {
  const name = pathOf(path);
  const extension = extname(name).toLowerCase();
  const read = formats.get(extension);
  if (!read) throw new StageError("invalid_argument", `${name}: files ${extension ? `with the extension ${extension}` : "without an extension"} are not known, only ${knownExtensions.join(", ")}; give fileBytes(path) to fromJsonl or another that reads bytes`);
  return read(fileBytes(name), options);
}
