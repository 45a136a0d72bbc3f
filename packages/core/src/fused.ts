/**
 * Synchronous work on values, written so that neighbouring stages run as one loop.
 *
 * Each stage opens, once for each run, a function that takes a value and hands what it makes of it
 * to the next one: composed, they are one call from the source to the sink.
 */
import type { Call } from "./stream.js";

/** Takes a value, now. */
export type Emit = (value: unknown) => void;

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
  /** The stage at this place wants no more: what is upstream of it is closed. */
  stop(at: number): void;
  /** What the stage at this place still has to give once its input has ended. */
  atEnd(at: number, give: () => readonly unknown[], next: Emit): void;
}

type Work = (value: unknown) => unknown;

/** The inner loops of the stages that run hot. */
interface Lane {
  map(work: Work, next: Emit): Emit;
  filter(holds: Work, next: Emit): Emit;
  scan(step: (state: unknown, value: unknown) => unknown, state: unknown, next: Emit): Emit;
  flatMap(work: Work, next: Emit, run: Control, at: number): Emit;
}

/** Where the work of a stage is opened: what comes after it, the run it is part of, its place among those it is fused with. */
export interface Place {
  readonly next: Emit;
  readonly run: Control;
  readonly at: number;
  readonly lane: Lane;
}

/** The work of one stage. */
export interface Fused {
  /** Opens it for one run. */
  readonly open: (place: Place) => Emit;
  /** The inner loop it uses, if any. */
  readonly loop?: keyof Lane;
  /** Whether it keeps nothing from one value to the next. */
  readonly isStateless?: boolean;
}

/** Hands on the values of an array from the index on, and leaves to the run those that it does not want yet. */
export function spread(values: readonly unknown[], next: Emit, run: Control, at: number): void {
  let index = 0;
  while (index < values.length) {
    next(values[index++]);
    if (!run.isGoing) return run.keep(values, index, next, at + 1);
  }
}

/**
 * The same loops, four times over.
 *
 * V8 learns what a function calls for each place in the source, not for each closure: a loop used by two
 * stages of a pipeline is inlined into neither. The first four stages of a kind get a loop of their own.
 */
const lanes: readonly Lane[] = [
  {
    map: (work, next) => (value) => next(work(value)),
    filter: (holds, next) => (value) => {
      if (holds(value)) next(value);
    },
    scan: (step, state, next) => (value) => next((state = step(state, value))),
    flatMap: (work, next, run, at) => (value) => {
      const values = work(value);
      if (!Array.isArray(values)) return run.expand(values, next, at + 1);
      for (let index = 0; index < values.length; ) {
        next(values[index++]);
        if (!run.isGoing) return run.keep(values, index, next, at + 1);
      }
    },
  },
  {
    map: (work, next) => (value) => next(work(value)),
    filter: (holds, next) => (value) => {
      if (holds(value)) next(value);
    },
    scan: (step, state, next) => (value) => next((state = step(state, value))),
    flatMap: (work, next, run, at) => (value) => {
      const values = work(value);
      if (!Array.isArray(values)) return run.expand(values, next, at + 1);
      for (let index = 0; index < values.length; ) {
        next(values[index++]);
        if (!run.isGoing) return run.keep(values, index, next, at + 1);
      }
    },
  },
  {
    map: (work, next) => (value) => next(work(value)),
    filter: (holds, next) => (value) => {
      if (holds(value)) next(value);
    },
    scan: (step, state, next) => (value) => next((state = step(state, value))),
    flatMap: (work, next, run, at) => (value) => {
      const values = work(value);
      if (!Array.isArray(values)) return run.expand(values, next, at + 1);
      for (let index = 0; index < values.length; ) {
        next(values[index++]);
        if (!run.isGoing) return run.keep(values, index, next, at + 1);
      }
    },
  },
  {
    map: (work, next) => (value) => next(work(value)),
    filter: (holds, next) => (value) => {
      if (holds(value)) next(value);
    },
    scan: (step, state, next) => (value) => next((state = step(state, value))),
    flatMap: (work, next, run, at) => (value) => {
      const values = work(value);
      if (!Array.isArray(values)) return run.expand(values, next, at + 1);
      for (let index = 0; index < values.length; ) {
        next(values[index++]);
        if (!run.isGoing) return run.keep(values, index, next, at + 1);
      }
    },
  },
];

/** The stages between two joints, each with its inner loop. */
export type Segment = readonly { readonly open: Fused["open"]; readonly lane: Lane }[];

/** Gives each stage its inner loop. */
export function lay(stages: readonly Fused[]): Segment {
  const used: Partial<Record<keyof Lane, number>> = {};
  return stages.map(({ open, loop = "map" }) => {
    const count = used[loop] ?? 0;
    used[loop] = count + 1;
    return { open, lane: lanes[count % lanes.length] as Lane };
  });
}

/** Opens the stages of a segment, the last first; gives the function that takes their input. */
export function openSegment(segment: Segment, sink: Emit, run: Control): Emit {
  return segment.reduceRight<Emit>((next, { open, lane }, at) => open({ next, run, at, lane }), sink);
}
