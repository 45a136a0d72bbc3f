/** Data streams of JSON, a value a line. */
import { StageError } from "@iftk/core";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { parseWith, type ReadOptions } from "./item-parser.js";
import { LineReader } from "./line-reader.js";

/**
 * The values of JSON Lines (NDJSON), one on each line that is not blank.
 *
 * A reading fails with StageError `invalid_argument`, which names the line, where one is not JSON in UTF-8.
 */
export function fromJsonl<T = unknown>(source: ByteSource, options: ReadOptions<T> = {}): DataStream<T> {
  return parseWith<unknown, T>("JSONL", source, options, (label, maxItemSize) => {
    const lines = new LineReader(label, maxItemSize);
    const giveTo = (give: (item: unknown) => void) => (text: string): void => {
      if (text.trim() !== "") give(parse(text, lines));
    };
    return {
      push: (bytes, give) => lines.push(bytes, giveTo(give)),
      end: (give) => lines.end(giveTo(give)),
      get place() {
        return lines.place;
      },
    };
  });
}

function parse(text: string, lines: LineReader): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StageError("invalid_argument", `${lines.place}: not JSON: ${(cause as SyntaxError).message}`, { cause });
  }
}
