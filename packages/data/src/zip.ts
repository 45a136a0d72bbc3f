/** Streams side by side that must be equally long. */
import { concat, from, StageError, sync, zip, type Bidi, type Stream } from "@iftk/core";

const ended = Symbol("ended");

/** Gives the first items of all streams, then the second ones; the last row tells which of them have ended. */
export function rowsOf(streams: readonly Stream<unknown>[]): Stream<unknown[]> {
  return zip(...streams.map((stream) => concat(stream, from([ended]))));
}

/** Gives the rows before the last, and fails where only some of the streams have ended. */
export function evenRows(labels: readonly string[]): Bidi<unknown[], unknown[]> {
  return sync("zip", () => {
    let count = 0;
    return {
      take(row: unknown[]) {
        const shorter = labels.filter((_, index) => row[index] === ended);
        if (shorter.length === 0) {
          count++;
          return [row];
        }
        if (shorter.length === labels.length) return [];
        const longer = labels.filter((_, index) => row[index] !== ended);
        throw new StageError("invalid_argument", `zip: ${shorter.join(", ")} ended after ${count} items, and ${longer.join(", ")} went on; only streams of the same length can be zipped`);
      },
    };
  });
}
