/** What travels on a wire that carries one run of a stage. */
import type { ErrorFields } from "./error-frame.js";

/** One value that the stage yields. */
export interface ValueFrame {
  readonly kind: "value";
  /** Counts the frames of a run from 1. */
  readonly id: number;
  readonly value: unknown;
}

/** The mark that the stream is whole. A wire that falls silent without it was cut. */
export interface EndFrame {
  readonly kind: "end";
  readonly id: number;
}

/** The error that ends the stream. */
export interface ErrorFrame {
  readonly kind: "error";
  readonly id: number;
  readonly error: ErrorFields;
  /** Gives back the error that the other end sent, so that it gets the very one that it failed with. */
  readonly isYours?: boolean;
}

/** A value, or one of the two marks that end a run. */
export type Frame = ValueFrame | EndFrame | ErrorFrame;

/** Begins a run over a socket: the first frame of a client. */
export interface OpenFrame {
  readonly kind: "open";
  readonly version: number;
  /** Milliseconds that the client waits for the run as a whole; for ever without it. */
  readonly timeout?: number;
  /** Values that the server may send at first. */
  readonly credit: number;
}

/** Asks for so many values more: neither end of a socket sends one that the other did not ask for. */
export interface CreditFrame {
  readonly kind: "credit";
  readonly count: number;
}

/** Says that nobody reads on: from a client it ends the run, from a server it ends the input. */
export interface CancelFrame {
  readonly kind: "cancel";
}

/** What travels over a socket, in both directions. */
export type SocketFrame = Frame | OpenFrame | CreditFrame | CancelFrame;
