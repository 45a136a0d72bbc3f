/** The stage from the text of a JSON value to those of its parts that are asked for. */
import { bidi, type Bidi, type Stream } from "@iftk/core";
import { batchwise, type BatchRun } from "./batchwise.js";
import { jsonPathTest, type JsonPath, type JsonPathTest } from "./json-path.js";
import { JsonScanner, type JsonReaderOptions } from "./json-scanner.js";

/** A value within a JSON text. */
export interface JsonValueAt {
  /** The keys and indices that lead to it. */
  readonly path: JsonPath;
  /** What there is of it; it is never changed afterwards. */
  readonly value: unknown;
  /** Whether it may still grow, or is complete. */
  readonly state: "preview" | "final";
}

export interface JsonValuesOptions extends JsonReaderOptions {
  /** Whether values are given before they are complete, too: they are without it. */
  readonly previews?: boolean;
}

/**
 * A stage from the pieces of a JSON text to the values at some paths: each once when it is complete, and before that
 * a preview for each batch of pieces by which it has grown. A path is written like `items[].name`: `[]` is any
 * element, `[0]` the first, `*` any member or element, `["a.key"]` a key of any characters, and an empty path the root.
 *
 * @throws StageError `invalid_argument` for a path that is not understood; for the text as `partialJson` does.
 */
export function jsonValues(paths: string | readonly string[], options: JsonValuesOptions = {}): Bidi<string, JsonValueAt> {
  const tests = [paths].flat().map(jsonPathTest);
  return bidi(function jsonValues(pieces: Stream<string>) {
    return batchwise(pieces, () => new ValueRun(tests, options));
  });
}

class ValueRun implements BatchRun<string, JsonValueAt> {
  readonly #tests: readonly JsonPathTest[];
  readonly #previews: boolean;
  readonly #scanner: JsonScanner;
  #found: JsonValueAt[] = [];

  constructor(tests: readonly JsonPathTest[], { previews = true, ...options }: JsonValuesOptions) {
    this.#tests = tests;
    this.#previews = previews;
    this.#scanner = new JsonScanner(options, (value) => this.#find(this.#scanner.tree.depth, value, "final"));
  }

  get error(): Error | undefined {
    return this.#scanner.error;
  }

  take(pieces: readonly string[]): readonly JsonValueAt[] {
    for (const piece of pieces) this.#scanner.push(piece);
    if (this.#previews && this.#scanner.isChanged && this.#scanner.tree.isPaid) this.#preview();
    return this.#taken();
  }

  end(): readonly JsonValueAt[] {
    this.#scanner.end();
    if (this.#scanner.error) throw this.#scanner.error;
    return this.#taken();
  }

  /** Finds the values that are still open, which have all changed when one has. */
  #preview(): void {
    const { tree } = this.#scanner;
    this.#scanner.show();
    for (let depth = 0; depth < tree.depth; depth++) this.#find(depth, tree.containerAt(depth), "preview");
    if (this.#scanner.isInString) this.#find(tree.depth, this.#scanner.text, "preview");
  }

  #find(length: number, value: unknown, state: JsonValueAt["state"]): void {
    const { path } = this.#scanner.tree;
    if (this.#tests.some((fits) => fits(path, length))) this.#found.push({ path: path.slice(0, length), value, state });
  }

  #taken(): readonly JsonValueAt[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
