/** What happens in a run, for its one reader. */
import { readyStream, type Batch, type ReadyReader, type Stream } from "@iftk/core";
import type { BusMessage } from "./pipeline-run.js";

/** Messages that may wait to be read. */
const mostMessages = 256;

/** Keeps messages until they are read; the oldest go first when there are too many. */
export class Bus implements ReadyReader<BusMessage> {
  readonly stream: Stream<BusMessage>;
  readonly #onReading: (isRead: boolean) => void;
  #messages: BusMessage[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;

  /** `onReading` is told when it begins to be read, and when it is left. */
  constructor(onReading: (isRead: boolean) => void) {
    this.#onReading = onReading;
    this.stream = readyStream(() => {
      onReading(true);
      return this;
    });
  }

  post(message: BusMessage): void {
    if (this.#isOver) return;
    this.#messages.push(message);
    if (this.#messages.length > mostMessages) this.#messages.shift();
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  read(): Batch<BusMessage> | Promise<Batch<BusMessage>> {
    const messages = this.#messages;
    this.#messages = [];
    if (messages.length > 0) return messages;
    if (this.#isOver) return undefined;
    return new Promise<void>((resolve) => (this.#wake = resolve)).then(() => this.read());
  }

  close(): void {
    this.#onReading(false);
    this.#isOver = true;
    this.#messages = [];
    this.#wake?.();
  }
}
