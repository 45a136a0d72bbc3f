/** A pipeline that runs. */
import type { Stream } from "@iftk/core";
import type { PropertyValue } from "../description.js";

/** Not begun; what elements need is there; values flow; over; over with an error. */
export type PipelineState = "null" | "ready" | "playing" | "ended" | "failed";

/** What has passed a link. */
export interface LinkStatistics {
  /** Element and pad, as `t.out0`; elements within a bin are named after it, as `b/t.out0`. */
  readonly from: string;
  readonly to: string;
  /** Values that have passed. */
  readonly items: number;
  /** Values that wait for it in the split or queue before it, and those that its consumer was given at once and has not come back from. */
  readonly queued: number;
  /** Milliseconds that the producer has waited for the consumer. */
  readonly stalled: number;
}

/** What happens in a run. */
export type BusMessage =
  | { readonly type: "state"; readonly state: PipelineState }
  | { readonly type: "error"; readonly element: string; readonly error: unknown }
  | { readonly type: "warning"; readonly element: string; readonly message: string }
  | { readonly type: "progress"; readonly element: string; readonly status: string; readonly fraction?: number }
  | { readonly type: "end" }
  | { readonly type: "statistics"; readonly links: readonly LinkStatistics[] };

/** What takes the place of an element. */
export interface Replacement {
  readonly element: string;
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

/** One run of a pipeline. Elements within bins are named after them: `bin/element`. */
export interface PipelineRun {
  readonly state: PipelineState;
  /** What the free output gives; it has to be read where there is one. Leaving it stops the run, unless a split that isolates its branches keeps others going. Without a free output it ends with the run. */
  readonly output: Stream<unknown>;
  /** What happens, for one reader: it may come late, but the oldest of more than 256 messages are lost. It ends after the run. */
  readonly bus: Stream<BusMessage>;
  /** Resolves when all elements have ended, and rejects with what failed; it need not be awaited. */
  readonly done: Promise<void>;
  /**
   * Changes a property of an element that allows it.
   *
   * @throws StageError `not_found` for an unknown element or property, `failed_precondition` for a property that cannot be
   * changed, `invalid_argument` for a value that is not allowed.
   */
  set(element: string, property: string, value: PropertyValue): void;
  /**
   * Puts another element in the place of a transform, between two values: the old one is told that its input has ended, what it
   * still gives is given, and the next value goes to the new one. Resolves when the new one has taken over.
   *
   * Rejects with StageError `failed_precondition` when the pipeline was not built to be `live`, or its input has ended before.
   */
  replace(element: string, use: Replacement): Promise<void>;
  /** Stops all elements and resolves when they are through; the run counts as ended. */
  stop(reason?: unknown): Promise<void>;
  /** What has passed each link until now; empty when the pipeline was not built to be `live`. */
  statistics(): readonly LinkStatistics[];
}
