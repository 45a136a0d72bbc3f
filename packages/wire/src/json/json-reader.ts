/** JSON that is read while it comes. */
import type { StageError } from "@iftk/core";
import { JsonScanner, type JsonReaderOptions } from "./json-scanner.js";

/** A parser that is fed one JSON text in pieces, as they come, and can show at any time what there is of its value. */
export interface JsonReader {
  /**
   * Takes the next piece, and says whether `value` has changed and is worth reading.
   *
   * Of a value with very many elements it does not say so after each short piece: who reads `value` only when it
   * does has all the work together linear in the text. It never throws; after an error nothing more is read.
   */
  push(text: string): boolean;
  /**
   * What there is of the value, undefined before it begins. It is never changed afterwards: a later one is a new
   * object where it has more, and shares everything else with it.
   *
   * Strings show as far as they have come, never half of an escape or of a surrogate pair. Numbers, `true`, `false`
   * and `null` show when they are complete, and a member of an object when its value has begun.
   */
  readonly value: unknown;
  /** Whether the value is complete; what may follow it is white space. It stays so when something else follows, which is an error. */
  readonly isWhole: boolean;
  /** What is wrong with the text, as soon as it is known; undefined for the beginning of any JSON text. */
  readonly error: StageError | undefined;
  /**
   * The whole value, just as `JSON.parse` gives it.
   *
   * @throws StageError `unavailable`, reason `truncated`, when the text is cut off; `invalid_argument`, reason
   * `malformed`, with the position where it is no JSON; `resource_exhausted`, reason `too-large`, beyond the bounds.
   */
  end(): unknown;
}

/** Gives a reader at the start of a JSON text. The work for all pieces together is linear in their length, however they are cut. */
export function jsonReader(options: JsonReaderOptions = {}): JsonReader {
  const scanner = new JsonScanner(options);
  return {
    push(text) {
      scanner.push(text);
      return scanner.isChanged && scanner.tree.isPaid;
    },
    get value() {
      return scanner.show();
    },
    get isWhole() {
      return scanner.isWhole;
    },
    get error() {
      return scanner.error;
    },
    end() {
      scanner.end();
      if (scanner.error) throw scanner.error;
      return scanner.show();
    },
  };
}
