/** JSON values, one in each line. */
import { StageError, sync, type Bidi, type SyncRun } from "@iftk/core";

/** How lines are read. */
export interface JsonLinesOptions {
  /** What errors name, such as the provider or the file. */
  readonly subject: string;
  /** Characters that a line may have; 16 Mi by default. */
  readonly maxLine?: number | undefined;
  /** Whether a last line without a line feed is left out, as one whose writing was interrupted; by default it is a line. */
  readonly dropsUnfinished?: boolean | undefined;
}

/**
 * The values that bytes hold in lines; empty lines are left out.
 *
 * @throws StageError that names the line: `unavailable`, reason `malformed`, for one that is no JSON, or `truncated` where it is the
 * last and has no line feed; `resource_exhausted`, reason `too-large`, for one that is too long.
 */
export function jsonLines(options: JsonLinesOptions): Bidi<Uint8Array, unknown> {
  return sync("jsonLines", () => new LineRun(options));
}

class LineRun implements SyncRun<Uint8Array, unknown> {
  readonly #options: JsonLinesOptions;
  readonly #maxLine: number;
  readonly #decoder = new TextDecoder();
  /** The unfinished line. It is only appended to, so that a long one in small pieces stays linear. */
  #rest = "";
  #number = 1;
  #failure: StageError | undefined;

  constructor(options: JsonLinesOptions) {
    this.#options = options;
    this.#maxLine = options.maxLine ?? 2 ** 24;
  }

  /** Values before a bad line are given before its error is. */
  take(bytes: Uint8Array): readonly unknown[] {
    if (this.#failure) throw this.#failure;
    const values: unknown[] = [];
    try {
      this.#read(this.#decoder.decode(bytes, { stream: true }), values);
    } catch (error) {
      if (values.length === 0 || !StageError.is(error)) throw error;
      this.#failure = error;
    }
    return values;
  }

  end(): readonly unknown[] {
    if (this.#failure) throw this.#failure;
    const line = this.#rest + this.#decoder.decode();
    if (this.#options.dropsUnfinished || line.trim() === "") return [];
    return [this.#parse(line, "truncated")];
  }

  #read(text: string, values: unknown[]): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = this.#within(this.#rest + text.slice(start, end));
      this.#rest = "";
      start = end + 1;
      if (line.trim() !== "") values.push(this.#parse(line, "malformed"));
      this.#number++;
    }
    this.#rest = this.#within(this.#rest + text.slice(start));
  }

  #within(line: string): string {
    if (line.length <= this.#maxLine) return line;
    throw new StageError("resource_exhausted", `${this.#place}: longer than ${this.#maxLine} characters`, { reason: "too-large" });
  }

  #parse(line: string, reason: "malformed" | "truncated"): unknown {
    try {
      return JSON.parse(line);
    } catch {
      // The error of JSON.parse quotes the line, so it is not kept as a cause.
      throw new StageError("unavailable", `${this.#place}: ${reason === "truncated" ? "it ends within a value" : "no valid JSON"}`, { reason });
    }
  }

  get #place(): string {
    return `${this.#options.subject}: line ${this.#number}`;
  }
}
