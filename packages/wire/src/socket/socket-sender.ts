/** The sending half of a socket: a stream that is read as the other end asks. */
import { StageError } from "@iftk/core";
import type { Batch, ReadyReader, StageErrorCode } from "@iftk/core";
import { isBatch } from "@iftk/core/authoring";
import { encodeValue } from "../sse-writer.js";
import type { MessageSocket } from "./message-socket.js";
import type { Outbox } from "./outbox.js";
import type { Failure } from "./socket-receiver.js";

const ignore = (): void => {};

/** What a sender is made of. */
export interface SenderOptions {
  /** Opens what is sent, at the first credit. */
  readonly open: () => ReadyReader<unknown>;
  readonly socket: MessageSocket;
  readonly outbox: Outbox;
  /** The code of the error for a value that JSON cannot carry. */
  readonly valueFault: StageErrorCode;
  /** Called once, when what is sent has come to its end or failed; not after `close`. */
  readonly onOver: (failure: Failure | undefined) => void;
}

/** Reads a stream no further than the other end has asked, and sends its values; those that are ready travel together. */
export class SocketSender {
  readonly #options: SenderOptions;
  #reader: ReadyReader<unknown> | undefined;
  #batch: readonly unknown[] = [];
  #index = 0;
  #credits = 0;
  #isMoving = false;
  #isBlocked = false;
  #isOver = false;
  #closing: Promise<void> | undefined;
  /** The values that were sent; the number of each is the id of its frame. */
  count = 0;
  /** Whether the stream is being waited for. */
  isReading = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** The other end takes so many values more. */
  grant(count: number): void {
    this.#credits += count;
    this.#move();
  }

  /** Sends no more, and closes the stream where it was opened; gives the same promise each time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    this.#closing.catch(ignore); // whoever waits for it gets it
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#batch = [];
    await this.#reader?.close?.();
  }

  #move(): void {
    if (this.#isMoving || this.isReading || this.#isBlocked) return;
    this.#isMoving = true;
    try {
      while (this.#credits > 0 && !this.#isOver && !this.#mustWait()) {
        if (this.#index < this.#batch.length) this.#send(this.#batch[this.#index++]);
        else if (!this.#read()) break;
      }
    } catch (error) {
      this.#finish({ error });
    }
    this.#isMoving = false;
    this.#options.outbox.post();
  }

  /** Whether the connection takes no more for now. */
  #mustWait(): boolean {
    const drained = this.#options.socket.drained?.();
    if (!drained) return false;
    this.#isBlocked = true;
    void drained.then(() => {
      this.#isBlocked = false;
      this.#move();
    });
    return true;
  }

  /** Whether the answer is there. */
  #read(): boolean {
    this.#reader ??= this.#options.open();
    const answer = this.#reader.read();
    if (isBatch(answer)) this.#take(answer);
    else {
      this.isReading = true;
      answer.then(this.#onBatch, this.#onFailure);
    }
    return !this.isReading;
  }

  readonly #onBatch = (batch: Batch<unknown>): void => {
    this.isReading = false;
    this.#take(batch);
    this.#move();
  };

  readonly #onFailure = (error: unknown): void => {
    this.isReading = false;
    this.#finish({ error });
  };

  #take(batch: Batch<unknown>): void {
    if (this.#isOver) return;
    if (!batch) return this.#finish(undefined);
    this.#batch = batch;
    this.#index = 0;
  }

  #send(value: unknown): void {
    const { outbox, valueFault, onOver } = this.#options;
    this.#credits--;
    this.count++;
    if (value instanceof Uint8Array) return outbox.addBytes(value);
    let frame: string;
    try {
      frame = `{"kind":"value","id":${this.count},"value":${encodeValue(value)}}`;
    } catch (cause) {
      const { code, message, reason } = StageError.from(cause);
      const error = code === valueFault ? cause : new StageError(valueFault, message, { reason, cause });
      const fail = (): void => onOver({ error });
      return void this.close().then(fail, fail);
    }
    outbox.add(frame);
  }

  #finish(failure: Failure | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#batch = [];
    this.#options.onOver(failure);
  }
}
