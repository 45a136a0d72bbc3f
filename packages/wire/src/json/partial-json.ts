/** The stage from the text of a JSON value to what there is of that value. */
import { bidi, type Bidi, type Stream } from "@iftk/core";
import { batchwise } from "./batchwise.js";
import { jsonReader } from "./json-reader.js";
import type { JsonReaderOptions } from "./json-scanner.js";

/**
 * A stage from the pieces of a JSON text to its value as it grows, as `jsonReader` shows it: one for each batch of
 * pieces by which it has changed, never changed afterwards. The last of a stream that ends is what `JSON.parse`
 * gives for the whole text.
 *
 * @throws StageError after what could be read: `unavailable`, reason `truncated`, when the text is cut off;
 * `invalid_argument`, reason `malformed`, where it is no JSON; `resource_exhausted`, reason `too-large`.
 */
export function partialJson(options: JsonReaderOptions = {}): Bidi<string, unknown> {
  return bidi(function partialJson(pieces: Stream<string>) {
    return batchwise(pieces, () => {
      const reader = jsonReader(options);
      let last: unknown;
      const give = (value: unknown): readonly unknown[] => {
        if (value === last) return [];
        last = value;
        return [value];
      };
      return {
        get error() {
          return reader.error;
        },
        take(batch) {
          let isWorthReading = false;
          for (const piece of batch) isWorthReading = reader.push(piece);
          return isWorthReading || reader.error ? give(reader.value) : [];
        },
        end: () => give(reader.end()),
      };
    });
  });
}
