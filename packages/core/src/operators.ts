/** Stages over plain synchronous functions: neighbours run as one loop. */
import { spread, type Fused } from "./fused.js";
import { filterLoops, flatMapLoops, mapLoops, scanLoops } from "./loops.js";
import { requireNumber } from "./require-number.js";
import { createStage, passing, type Bidi, type Passing, type PassingAny } from "./stage.js";
import type { Stream } from "./stream.js";

function operator<In, Out>(label: string, fused: Fused, note?: string): Bidi<In, Out> {
  return createStage("bidi", label, [], [fused], note);
}

/** Gives what the function makes of each value. */
export function map<In, Out>(transform: (value: In) => Out): Bidi<In, Out> {
  return operator("map", { loops: mapLoops, work: transform });
}

/** Gives the values for which the function holds. */
export function filter<In, Out extends In>(holds: (value: In) => value is Out): Bidi<In, Out>;
export function filter<In>(holds: (value: In) => boolean): Passing<In>;
export function filter<In>(holds: (value: In) => boolean): Passing<In> {
  return passing(operator<In, In>("filter", { loops: filterLoops, work: holds }));
}

/** Gives, for each value, all that the function makes of it: an array, or any stream, which is read to its end before the next value. */
export function flatMap<In, Out>(transform: (value: In) => Iterable<Out> | Stream<Out>): Bidi<In, Out> {
  return operator("flatMap", { loops: flatMapLoops, work: transform });
}

/** Gives the state after each value. The seed is shared by all runs: give a new state rather than change it. */
export function scan<In, State>(step: (state: State, value: In) => State, seed: State): Bidi<In, State> {
  return operator("scan", { loops: scanLoops, work: step, begin: () => seed });
}

/** Gives every value on, after the function has seen it. */
export function tap<T>(see: (value: T) => void): Passing<T> {
  return passing(operator<T, T>("tap", {
    take: ({ next }) => (value, run) => {
      see(value as T);
      return next(value, run);
    },
  }));
}

/**
 * Gives the first values and closes the source right after the last of them.
 *
 * @throws StageError `invalid_argument` when the count is not a whole number from 0 on.
 */
export function take(count: number): PassingAny;
export function take<T>(count: number): Passing<T>;
export function take<T>(count: number): Passing<T> {
  requireNumber("take: the count", count, 0, "whole");
  return passing(operator<T, T>("take", {
    begin(run, at) {
      if (count === 0) run.stop(at);
      return 0;
    },
    take: ({ next, at }) => (value, run) => {
      const taken = (run.states[at] as number) + 1;
      run.states[at] = taken;
      if (taken === count) run.stop(at);
      return next(value, run);
    },
  }));
}

/** Gives values as long as the function holds, then closes the source. */
export function takeWhile<In, Out extends In>(holds: (value: In) => value is Out): Bidi<In, Out>;
export function takeWhile<In>(holds: (value: In) => boolean): Passing<In>;
export function takeWhile<In>(holds: (value: In) => boolean): Passing<In> {
  return passing(operator<In, In>("takeWhile", {
    take: ({ next, at }) => (value, run) => (holds(value as In) ? next(value, run) : run.stop(at)),
  }));
}

/**
 * Leaves out the first values.
 *
 * @throws StageError `invalid_argument` when the count is not a whole number from 0 on.
 */
export function drop(count: number): PassingAny;
export function drop<T>(count: number): Passing<T>;
export function drop<T>(count: number): Passing<T> {
  requireNumber("drop: the count", count, 0, "whole");
  return passing(operator<T, T>("drop", {
    begin: () => count,
    take: ({ next, at }) => (value, run) => {
      const left = run.states[at] as number;
      if (left === 0) return next(value, run);
      run.states[at] = left - 1;
      return undefined;
    },
  }));
}

/**
 * Gives arrays of so many values; the last may be shorter.
 *
 * @throws StageError `invalid_argument` when the count is not a whole number from 1 on.
 */
export function batch(count: number): PassingAny<"array">;
export function batch<T>(count: number): Passing<T, "array">;
export function batch<T>(count: number): Passing<T, "array"> {
  requireNumber("batch: the count", count, 1, "whole");
  const open = (): SyncRun<T, T[]> => {
    let values: T[] = [];
    const give = (): T[][] => {
      const full = values;
      values = [];
      return [full];
    };
    return {
      take(value) {
        values.push(value);
        return values.length === count ? give() : [];
      },
      end: () => (values.length > 0 ? give() : []),
    };
  };
  return passing(operator<T, T[]>("batch", fuse(open), `holds up to ${count} values`));
}

/** What a synchronous stage does in one run. */
export interface SyncRun<In, Out> {
  /** What it gives for a value. */
  take(value: In): readonly Out[];
  /** What it still gives after the last value. */
  end?(): readonly Out[];
}

/**
 * Declares a stage that answers each value at once and may keep something between them.
 *
 * It fuses with its neighbours. `open` is called once for each run.
 */
export function sync<In, Out>(label: string, open: () => SyncRun<In, Out>): Bidi<In, Out> {
  return operator(label, fuse(open));
}

function fuse<In, Out>(open: () => SyncRun<In, Out>): Fused {
  return {
    begin: open,
    take: ({ next, at }) => (value, run) => spread((run.states[at] as SyncRun<In, Out>).take(value as In), next, run, at),
    end: (state) => (state as SyncRun<In, Out>).end?.() ?? [],
  };
}
