/** One request of node:http or node:http2 and its response: who waits at the other end, and the text that is written to them. */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";
import type { Caller } from "./caller.js";
import type { TextSink } from "./stage-run.js";

/** A response of either version of HTTP, with `write` and `writeHead` as far as they have them in common. */
export type NodeResponse = (Omit<ServerResponse, "write"> | Omit<Http2ServerResponse, "write">) & {
  write(chunk: string | Uint8Array, callback?: (error: Error | null | undefined) => void): boolean;
  write(chunk: string | Uint8Array, encoding: BufferEncoding, callback?: (error: Error | null | undefined) => void): boolean;
  writeHead(status: number, headers?: OutgoingHttpHeaders): unknown;
};

/** The stream of a call over HTTP/2; undefined for HTTP/1.1. */
export function http2StreamOf(response: NodeResponse): ServerHttp2Stream | undefined {
  return "stream" in response ? response.stream : undefined;
}

/** Characters that are gathered at most before they are written. */
const batchSize = 2 ** 14;

/** Milliseconds between two writes; what comes sooner is gathered, so that a fast model does not wake its client for each token. */
const writeInterval = 4;

/**
 * The caller, and a sink over the response once its head is written. What is written in quick succession goes out as one.
 * A writer waits while the connection takes no more, and no longer than the connection lasts.
 */
export class NodeExchange implements Caller, TextSink {
  readonly #response: ServerResponse;
  /** What tells of the connection; over HTTP/2 the call's own stream. */
  readonly #stream: Writable;
  #isFraming = false;
  #leave: (() => void) | undefined;
  #text = "";
  #isScheduled = false;
  #lastWrite = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Who waits until more is taken; all who wait share one promise. */
  #waiting: Promise<void> | undefined;
  #goOn: (() => void) | undefined;

  constructor(response: NodeResponse) {
    this.#response = response as ServerResponse; // that of HTTP/2 has all its methods that are called here
    this.#stream = http2StreamOf(response) ?? this.#response;
    response.on("close", () => this.#close());
  }

  get hasLeft(): boolean {
    return this.#stream.destroyed && !this.#isThrough;
  }

  /** Whether the whole answer was taken; HTTP/2 ends the stream by itself where its connection is cut. */
  get #isThrough(): boolean {
    return this.#response.writableEnded && this.#stream.writableFinished;
  }

  onLeave(leave: (() => void) | undefined): void {
    this.#leave = leave;
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#open();
    const leave = this.#leave;
    this.#leave = undefined;
    if (!this.#isThrough) leave?.();
  }

  /** To be called after the head is written: it goes out with the first text if there is any in this turn. */
  begin(): void {
    const response = this.#response;
    // node:http gives each chunk to the socket in four pieces; framed here it is one. Who has put a function of their own before the response gets the text alone.
    this.#isFraming = response.chunkedEncoding && !Object.hasOwn(response, "write") && !Object.hasOwn(response, "end");
    if (this.#isFraming) response.chunkedEncoding = false;
    this.#isScheduled = true;
    process.nextTick(() => {
      if (this.#text === "" && !response.writableEnded && !this.#stream.destroyed) response.flushHeaders();
      this.#endTurn();
    });
  }

  write(text: string): Promise<void> | undefined {
    const stream = this.#stream;
    this.#text += text;
    if (this.#text.length >= batchSize) {
      this.#flush();
      // A stage that is always ready would keep the event loop from turning.
      if (!stream.writableNeedDrain || stream.destroyed) return new Promise((resolve) => void setImmediate(resolve));
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      const wait = this.#lastWrite + writeInterval - performance.now();
      if (wait > 0) this.#timer = setTimeout(endTurn, wait, this);
      else endTurnSoon(this);
    }
    return stream.writableNeedDrain && !stream.destroyed ? this.#wait() : undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#stream.destroyed) return;
    const text = this.#text;
    this.#text = "";
    const size = Buffer.byteLength(text);
    this.#response.end(this.#isFraming ? `${this.#framed(text, size)}0\r\n\r\n` : text, encodingOf(text, size));
  }

  /** Writes what was gathered, in the turn that was scheduled for it. */
  static endTurn(exchange: NodeExchange): void {
    exchange.#endTurn();
  }

  #endTurn(): void {
    this.#isScheduled = false;
    if (!this.#response.writableEnded) this.#flush();
  }

  #flush(): void {
    const text = this.#text;
    this.#text = "";
    this.#lastWrite = performance.now();
    if (text === "" || this.#stream.destroyed) return;
    const size = Buffer.byteLength(text);
    this.#response.write(this.#framed(text, size), encodingOf(text, size));
  }

  /** The text as a chunk of HTTP/1.1; a chunk without text would end the body. */
  #framed(text: string, size: number): string {
    return this.#isFraming && size > 0 ? `${size.toString(16)}\r\n${text}\r\n` : text;
  }

  #wait(): Promise<void> {
    this.#waiting ??= new Promise<void>((resolve) => {
      this.#goOn = resolve;
      this.#stream.once("drain", () => this.#open());
    });
    return this.#waiting;
  }

  #open(): void {
    this.#goOn?.();
    this.#goOn = this.#waiting = undefined;
  }
}

const { endTurn } = NodeExchange;

/** Those that write when this turn of the event loop ends. */
let writers: NodeExchange[] = [];

/** After the next token is asked for, so that the write goes on beside its computation; one for all, for an entry of its own costs each more. */
function endTurnSoon(exchange: NodeExchange): void {
  if (writers.push(exchange) === 1) process.nextTick(setImmediate, endTurns);
}

function endTurns(): void {
  const ending = writers;
  writers = [];
  for (const exchange of ending) endTurn(exchange);
}

/** ASCII, which most texts are, is copied rather than encoded. */
function encodingOf(text: string, size: number): "latin1" | "utf8" {
  return size === text.length ? "latin1" : "utf8";
}
