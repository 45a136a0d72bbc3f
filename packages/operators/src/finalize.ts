/** What is done when a stream is over, however it ended. */
import { passing, type Passing, type Stream } from "@iftk/core";
import { attentive } from "./desk.js";

/**
 * Gives every value on and calls the function once when the stream that was read ends, fails or is left.
 *
 * The source is closed first. What the function throws or rejects with reaches the consumer.
 */
export function finalize<T>(run: () => void | Promise<void>): Passing<T> {
  return passing<T>(attentive(async function* finalize(desk, input: Stream<T>) {
    const source = desk.open(input);
    try {
      for (;;) {
        source.read();
        await desk.next();
        const arrival = source.take();
        if (arrival?.kind === "end") return;
        if (arrival) yield arrival.value;
      }
    } finally {
      try {
        await source.close();
      } finally {
        await run();
      }
    }
  }));
}
