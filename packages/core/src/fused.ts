/**
 * Synchronous work on values, written so that neighbouring stages run as one loop.
 *
 * Each stage opens, once for each run, a function that takes a value and hands what it makes of it
 * to the next one: composed, they are one call from the source to the sink.
 */
import type { Call } from "./stream.js";

/** Takes a value, now. It gives what the sink gave for it: a promise is to be waited for, with `hold`. */
export type Emit = (value: unknown) => unknown;

/** What fused stages may ask of the run that they are part of. A place is a stage's index among those it is fused with. */
export interface Control {
  readonly call: Call;
  /** Whether more may be handed on. Who sees it false after handing a value on leaves the others to `keep` and returns. */
  readonly isGoing: boolean;
  /** Hands on the values of an array from the index on, later, to the stage at this place. */
  keep(values: readonly unknown[], index: number, next: Emit, at: number): void;
  /** Hands on what a stream gives before anything else comes from upstream. */
  expand(stream: unknown, next: Emit, at: number): void;
  /** Hands on what the promise gives before anything else comes from upstream. */
  wait(promise: PromiseLike<unknown>, next: Emit): void;
  /** Waits for what the sink gave, if it is a promise. */
  hold(done: unknown): void;
  /** The stage at this place wants no more: what is upstream of it is closed. */
  stop(at: number): void;
  /** What the stage at this place still has to give once its input has ended. */
  atEnd(at: number, give: () => readonly unknown[], next: Emit): void;
}

/** Where the work of a stage is opened: what comes after it, the run it is part of, its place among those it is fused with. */
export interface Place {
  readonly next: Emit;
  readonly run: Control;
  readonly at: number;
}

/** Opens the work of a stage for one run. */
export type Open = (place: Place) => Emit;

/** One of several copies of the same loop, given what the stage is to do. */
export type Loop = (place: Place, work: never, seed?: unknown) => Emit;

/** The work of one stage: opened by itself, or a loop and what it is to do. */
export type Fused = {
  /** Whether it keeps nothing from one value to the next. */
  readonly isStateless?: boolean;
} & ({ readonly open: Open } | { readonly loops: readonly Loop[]; readonly work: unknown; readonly seed?: unknown });

/** Hands on the values of an array, and leaves to the run those that it does not want yet. */
export function spread(values: readonly unknown[], next: Emit, run: Control, at: number): void {
  for (let index = 0; index < values.length; ) {
    const done = next(values[index++]);
    if (done !== undefined) run.hold(done);
    if (!run.isGoing) return run.keep(values, index, next, at + 1);
  }
}

/** The stages between two joints. */
export type Segment = readonly Open[];

/** Gives each stage that is a loop a copy of its own, as far as there are. */
export function lay(stages: readonly Fused[]): Segment {
  const used = new Map<unknown, number>();
  return stages.map((stage) => {
    if ("open" in stage) return stage.open;
    const { loops, work, seed } = stage;
    const count = used.get(loops) ?? 0;
    used.set(loops, count + 1);
    const loop = loops[count % loops.length] as Loop;
    return (place) => loop(place, work as never, seed);
  });
}

/** Opens the stages of a segment, the last first; gives the function that takes their input. */
export function openSegment(segment: Segment, sink: Emit, run: Control): Emit {
  return segment.reduceRight<Emit>((next, open, at) => open({ next, run, at }), sink);
}
