/** Readers whose code is loaded when they are first read. */
import type { ReadyReader } from "@iftk/core";

/** A reader that is opened after a promise; where it is left before that, never. */
export function lateReader<T>(load: () => Promise<() => ReadyReader<T>>): ReadyReader<T> {
  let reader: ReadyReader<T> | undefined;
  let isLeft = false;
  return {
    read() {
      if (reader) return reader.read();
      return load().then((open) => (isLeft ? undefined : (reader = open()).read()));
    },
    close() {
      isLeft = true;
      return reader?.close?.();
    },
  };
}
