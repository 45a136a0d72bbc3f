/** One request and the answer to it, as undici tells of them. */
import { StageError, type Batch, type ReadyReader } from "@iftk/core";
import type { Dispatcher } from "undici";
import { networkFailure } from "./network-failure.js";

/** What comes before the body. */
export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Bytes that wait for a reader before the network is told to hold on. */
const mostWaiting = 65_536;

/** Who else wants to know. */
interface ExchangeHooks {
  /** A connection has taken the request. */
  onStart(): void;
  /** The answer has ended, or it never will. */
  onOver(): void;
}

interface Settle<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/**
 * Takes what the network gives and hands it on as it is read: all pieces that have come, at once.
 *
 * It listens to the signal until the body has ended, failed or been closed.
 */
export class Exchange implements Dispatcher.DispatchHandler, ReadyReader<Uint8Array> {
  /** Settles with what comes before the body. */
  readonly head: Promise<Head>;
  readonly #provider: string;
  readonly #signal: AbortSignal | undefined;
  readonly #hooks: ExchangeHooks;
  #settleHead: Settle<Head> | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #pieces: Uint8Array[] = [];
  #waiting = 0;
  #reading: Settle<Batch<Uint8Array>> | undefined;
  #isPaused = false;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(provider: string, signal: AbortSignal | undefined, hooks: ExchangeHooks) {
    this.#provider = provider;
    this.#signal = signal;
    this.#hooks = hooks;
    this.head = new Promise((resolve, reject) => {
      this.#settleHead = { resolve, reject };
    });
    this.head.catch(() => {}); // it is told to the one who asked, or nobody asks any more
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  // What undici calls

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#hooks.onStart();
    this.#controller = controller;
    if (this.#isEnded) controller.abort(asError(this.#failure?.error));
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController): void {
    controller.abort(new StageError("unavailable", `${this.#provider}: the server wants another protocol`, { reason: "connection" }));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Head["headers"]): void {
    if (status < 200) return;
    this.#settleHead?.resolve({ status, headers });
    this.#settleHead = undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    if (this.#isEnded) return;
    const reading = this.#reading;
    if (reading) {
      this.#reading = undefined;
      reading.resolve([piece]);
      return;
    }
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    if (this.#waiting < mostWaiting) return;
    this.#isPaused = true;
    controller.pause();
  }

  onResponseEnd(): void {
    this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(networkFailure(this.#provider, error, this.#settleHead ? "before" : "within"));
  }

  // What the reader of the body calls

  read(): Batch<Uint8Array> | Promise<Batch<Uint8Array>> {
    if (this.#pieces.length > 0) {
      const pieces = this.#pieces;
      this.#pieces = [];
      this.#waiting = 0;
      this.#resume();
      return pieces;
    }
    if (this.#failure) throw this.#failure.error;
    if (this.#isEnded) return undefined;
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject };
    });
  }

  /** Gives the connection back: it is cut unless the body has ended. */
  close(): void {
    this.fail(new StageError("canceled", `${this.#provider}: the reply was closed`));
  }

  /** Ends it with an error, for the network and for the reader. */
  fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#end({ error });
    this.#controller?.abort(asError(error));
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const reading = this.#reading;
    this.#reading = undefined;
    if (failure) {
      this.#settleHead?.reject(failure.error);
      reading?.reject(failure.error);
    } else reading?.resolve(undefined);
    this.#settleHead = undefined;
    this.#hooks.onOver();
  }

  readonly #onAbort = (): void => {
    this.#pieces = []; // after an abort the next read rejects
    this.fail(this.#signal?.reason);
  };

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#controller?.resume();
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error("the request was aborted", { cause: reason }));
