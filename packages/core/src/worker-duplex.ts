/** A stream each way between two threads; each is pulled by the end that reads it. */
import { StageError } from "./error.js";
import { ended, Queue, type Result } from "./queue.js";
import { requireNumber } from "./require-number.js";
import type { Failure } from "./scope.js";
import type { Stream } from "./stream.js";
import { fromFields, toFields, type Frame, type Hearer } from "./worker-link.js";

/** What each end may choose for the values that it sends and reads. */
export interface WorkerOptions {
  /** Values that the other thread may send before they are asked for; 0 by default. */
  readonly ahead?: number;
  /** The buffers of a value that are handed over to the other thread rather than copied. */
  readonly transfer?: (value: unknown) => ArrayBuffer[];
}

/** Sends a frame to the other end. */
export type Post = (frame: Frame, transfer?: ArrayBuffer[]) => void;

/** Which stream is over: the one that this end sends, or the one it reads. */
export type Half = "sent" | "received";

/** @throws StageError `invalid_argument` when `ahead` is not a whole number from 0 on. */
export function checkOptions({ ahead = 0 }: WorkerOptions): void {
  requireNumber("worker: ahead", ahead, 0, "whole");
}

/** One end of a stream each way. Nothing is opened before the other end pulls. */
export class Duplex implements Hearer {
  readonly #outgoing: (incoming: Stream<unknown>) => Stream<unknown>;
  readonly #post: Post;
  readonly #options: WorkerOptions;
  readonly #onOver: (half: Half) => void;
  readonly #received = new Queue<unknown>(Infinity); // bounded by what was pulled
  #pulled = 0;
  #leave: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #receivedFailure: Failure | undefined;
  #source: AsyncIterator<unknown> | undefined;
  #sentFailure: Failure | undefined;
  #credits = 0;
  #isPumping = false;
  #isSent = false;

  constructor(outgoing: (incoming: Stream<unknown>) => Stream<unknown>, post: Post, options: WorkerOptions, onOver: (half: Half) => void) {
    this.#outgoing = outgoing;
    this.#post = post;
    this.#options = options;
    this.#onOver = onOver;
  }

  /** What the stream that is sent failed with. */
  get sentFailure(): Failure | undefined {
    return this.#sentFailure;
  }

  /** What the other end sends. */
  readonly incoming: Stream<unknown> = { [Symbol.asyncIterator]: () => ({ next: () => this.#pull(), return: () => this.#return() }) };

  readonly hear = (frame: Frame): void => {
    switch (frame.kind) {
      case "pull":
        this.#credits += frame.count;
        void this.#pump();
        break;
      case "return":
        void this.#stopSending();
        break;
      case "value":
        void this.#received.push(frame.value);
        break;
      case "end":
        this.#endReceiving();
        break;
      case "error":
        this.#receivedFailure = (frame.isYours ? this.#sentFailure : undefined) ?? { error: fromFields(frame.error) };
        this.#endReceiving(this.#receivedFailure, frame.isOfClosing);
        break;
      case "open":
      case "hello":
    }
  };

  /** The other end is gone: what is read fails with the error. */
  readonly fail = (error: StageError): void => {
    this.#endReceiving({ error });
  };

  /** Closes what is sent; the other end reads the error, or else the end. */
  async close(error?: StageError): Promise<void> {
    await this.#stopSending(error && (() => this.#endSending({ kind: "error", error: toFields(error) })));
  }

  #pull(): Promise<Result<unknown>> {
    if (!this.#received.isEnded) {
      const { ahead = 0 } = this.#options;
      this.#post({ kind: "pull", count: this.#pulled++ === 0 ? 1 + ahead : 1 });
    }
    return this.#received.next();
  }

  async #return(): Promise<Result<unknown>> {
    this.#received.clear();
    if (!this.#received.isEnded) {
      this.#received.end();
      await new Promise<void>((resolve, reject) => {
        this.#leave = { resolve, reject };
        this.#post({ kind: "return" });
      });
    }
    return ended;
  }

  #endReceiving(failure?: Failure, isOfClosing?: boolean): void {
    this.#received.end(failure);
    if (failure && isOfClosing) this.#leave?.reject(failure.error);
    else this.#leave?.resolve();
    this.#onOver("received");
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#credits > 0 && !this.#isSent) {
        this.#credits--;
        this.#source ??= this.#outgoing(this.incoming)[Symbol.asyncIterator]();
        const result = await this.#source.next();
        if (this.#isSent) return;
        if (result.done) this.#endSending({ kind: "end" });
        else this.#sendValue(result.value);
      }
    } catch (error) {
      this.#sentFailure = { error };
      await this.#stopSending(() => this.#endSending({ kind: "error", error: toFields(error), isYours: error === this.#receivedFailure?.error }));
    } finally {
      this.#isPumping = false;
    }
  }

  #sendValue(value: unknown): void {
    const transfer = this.#options.transfer?.(value);
    try {
      this.#post({ kind: "value", value }, transfer);
    } catch (cause) {
      throw new StageError("invalid_argument", "worker: the value cannot be sent to another thread; send plain data", { cause });
    }
  }

  /** Closes the source, then says how that went. */
  async #stopSending(say?: () => void): Promise<void> {
    if (this.#isSent) return;
    this.#isSent = true;
    let frame: Frame = { kind: "end" };
    try {
      await this.#source?.return?.();
    } catch (error) {
      frame = { kind: "error", error: toFields(error), isOfClosing: true };
    }
    if (say) say();
    else this.#endSending(frame);
  }

  #endSending(frame: Frame): void {
    this.#isSent = true;
    this.#post(frame);
    this.#onOver("sent");
  }
}
