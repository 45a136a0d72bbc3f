/** Streams read as they come: all values of one network read at once. */
import { from, ready, type Stream } from "@iftk/core";

/** The batches of a stream, for generators that have something to do before or after it. */
export async function* batches<T>(stream: Stream<T>): AsyncGenerator<readonly T[], void, undefined> {
  const reader = from(stream)[ready]();
  let isOpen = true;
  try {
    for (;;) {
      isOpen = false; // a read that fails leaves nothing to close
      const batch = await reader.read();
      if (!batch) return;
      isOpen = true;
      yield batch;
    }
  } finally {
    if (isOpen) await reader.close?.();
  }
}
