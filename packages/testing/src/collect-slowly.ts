/** Consumers for tests. */
import type { Stream } from "@iftk/core";
import { turns } from "./signals.js";

/** All values of a stream, read with turns of the event loop after each, one unless told otherwise. */
export async function collectSlowly<T>(stream: Stream<T>, turnsBetween = 1): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) {
    values.push(value);
    await turns(turnsBetween);
  }
  return values;
}
