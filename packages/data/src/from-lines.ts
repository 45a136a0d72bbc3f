/** Data streams of text. */
import { StageError } from "@iftk/core";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { parseWith, tooLarge, type ReadOptions } from "./item-parser.js";
import { LineReader } from "./line-reader.js";

/**
 * The lines of a UTF-8 text, empty ones too, without the line feeds or carriage returns and line feeds that end them.
 *
 * A reading fails with StageError `invalid_argument`, which names the line, where the bytes are not UTF-8.
 */
export function fromLines<T = string>(source: ByteSource, options: ReadOptions<T> = {}): DataStream<T> {
  return parseWith<string, T>("text", source, options, (label, maxItemSize) => {
    const lines = new LineReader(label, maxItemSize);
    const lineOf = (text: string): string => (text.endsWith("\r") ? text.slice(0, -1) : text);
    return {
      push: (bytes, give) => lines.push(bytes, (text) => give(lineOf(text))),
      end: (give) => lines.end((text) => give(lineOf(text))),
      get place() {
        return lines.place;
      },
    };
  });
}

/** The whole of a UTF-8 text as one item. */
export function fromText<T = string>(source: ByteSource, options: ReadOptions<T> = {}): DataStream<T> {
  return parseWith<string, T>("text", source, options, (label, maxItemSize) => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let size = 0;
    let text = "";
    const decode = (bytes?: Uint8Array): void => {
      try {
        text += decoder.decode(bytes, { stream: bytes !== undefined });
      } catch (cause) {
        throw new StageError("invalid_argument", `${label}: not UTF-8`, { cause });
      }
    };
    return {
      place: label,
      push(bytes) {
        size += bytes.length;
        if (size > maxItemSize) throw tooLarge(label, maxItemSize);
        decode(bytes);
      },
      end(give) {
        decode();
        give(text);
      },
    };
  });
}
