/** Data streams of tables in CSV. */
import { StageError } from "@iftk/core";
// The build for browsers: the other one imports the streams of Node.
import { CsvError, parse, type Options } from "csv-parse/browser/esm";
import type { ByteSource } from "./byte-source.js";
import type { DataStream } from "./data-stream.js";
import { parseWith, saidBy, tooLarge, type ItemParser, type ReadOptions } from "./item-parser.js";
import { LineReader } from "./line-reader.js";

/** How CSV is read. */
export interface CsvOptions<T = unknown> extends ReadOptions<T> {
  /** Whether the first line names the columns, which it does by default; or their names, where no line does. */
  readonly header?: boolean | readonly string[];
  /** What stands between the fields; a comma by default. */
  readonly delimiter?: string;
}

/**
 * The rows of CSV (RFC 4180) in UTF-8, each an object of strings by column, or an array of strings where there is no header.
 * Blank lines are passed over.
 *
 * A reading fails with StageError `invalid_argument`, which names the line, where a row has too few or too many fields,
 * a quote stands in the wrong place or is not closed, or two columns have the same name.
 */
export function fromCsv(source: ByteSource, options: CsvOptions<string[]> & { readonly header: false; readonly schema?: never }): DataStream<string[]>;
export function fromCsv<T = Record<string, string>>(source: ByteSource, options?: CsvOptions<T>): DataStream<T>;
export function fromCsv(source: ByteSource, options: CsvOptions = {}): DataStream<unknown> {
  const { header = true, delimiter = "," } = options;
  const given = typeof header === "boolean" ? undefined : columnsOf(header);
  return parseWith<unknown, unknown>("CSV", source, options, (label, maxItemSize) => new CsvParser(label, maxItemSize, { delimiter, columns: given ?? (header ? columnsOf : false) }));
}

function columnsOf(names: readonly string[]): string[] {
  const again = names.find((name, index) => names.indexOf(name) !== index);
  if (again !== undefined) throw new StageError("invalid_argument", `two columns have the name ${JSON.stringify(again)}`);
  return [...names];
}

class CsvParser implements ItemParser<unknown> {
  readonly #label: string;
  readonly #maxItemSize: number;
  readonly #lines: LineReader;
  readonly #rows: ReturnType<typeof parse>;
  #hasText = false;
  #give: (item: unknown) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(label: string, maxItemSize: number, options: Options) {
    this.#label = label;
    this.#maxItemSize = maxItemSize;
    this.#lines = new LineReader(label, maxItemSize);
    this.#rows = parse({
      ...options,
      record_delimiter: ["\r\n", "\n"],
      skip_empty_lines: true,
      max_record_size: maxItemSize,
      on_record: (row: unknown) => {
        this.#give(row);
        return null; // nothing is to be read from it as a stream
      },
    });
    this.#rows.on("error", (error) => this.#fail(error));
  }

  get place(): string {
    return `${this.#label}:${this.#rows.info.lines}`;
  }

  async push(bytes: Uint8Array, give: (item: unknown) => void): Promise<void> {
    this.#give = give;
    let text = "";
    try {
      this.#lines.push(bytes, (line) => (text += `${line}\n`));
    } finally {
      await this.#write(text); // the lines before one that fails, too
    }
  }

  async end(give: (item: unknown) => void): Promise<void> {
    this.#give = give;
    let text = "";
    this.#lines.end((line) => (text = line));
    await this.#write(text);
    if (this.#hasText) await this.#settled((done) => this.#rows.end(done)); // the parser fails at the end of nothing
  }

  #write(text: string): Promise<void> {
    this.#hasText ||= text !== "";
    return this.#settled((done) => (text === "" ? done() : this.#rows.write(text, done)));
  }

  async #settled(work: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        work((error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(cause: unknown): unknown {
    const { place } = this;
    if (StageError.is(cause)) return new StageError("invalid_argument", `${place}: ${cause.message}`);
    if (!(cause instanceof CsvError)) return cause;
    if (cause.code === "CSV_MAX_RECORD_SIZE") return tooLarge(place, this.#maxItemSize);
    return new StageError("invalid_argument", `${place}: not CSV: ${saidBy(cause.message.replace(/ (at|on) line \d+/, ""))}`, { cause, reason: cause.code === "CSV_QUOTE_NOT_CLOSED" ? "truncated" : undefined });
  }
}
