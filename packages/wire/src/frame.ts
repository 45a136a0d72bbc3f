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
}

/** A value, or one of the two marks that end a run. */
export type Frame = ValueFrame | EndFrame | ErrorFrame;
