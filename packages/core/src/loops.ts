/**
 * The inner loops of the stages that run hot, each written out four times.
 *
 * V8 learns what a function calls for each place in the source, not for each closure: a loop that two
 * stages of a pipeline share is inlined into neither. So the first four stages of a kind get a copy each.
 */
import type { Emit, Place } from "./fused.js";

type Work = (value: unknown) => unknown;
type Step = (state: unknown, value: unknown) => unknown;

/** Hands on what the function makes of a value. */
export const mapLoops = [
  ({ next }: Place, work: Work): Emit => (value, run) => next(work(value), run),
  ({ next }: Place, work: Work): Emit => (value, run) => next(work(value), run),
  ({ next }: Place, work: Work): Emit => (value, run) => next(work(value), run),
  ({ next }: Place, work: Work): Emit => (value, run) => next(work(value), run),
];

/** Hands on a value for which the function holds. */
export const filterLoops = [
  ({ next }: Place, holds: Work): Emit => (value, run) => (holds(value) ? next(value, run) : undefined),
  ({ next }: Place, holds: Work): Emit => (value, run) => (holds(value) ? next(value, run) : undefined),
  ({ next }: Place, holds: Work): Emit => (value, run) => (holds(value) ? next(value, run) : undefined),
  ({ next }: Place, holds: Work): Emit => (value, run) => (holds(value) ? next(value, run) : undefined),
];

/** Hands on the state after each value. */
export const scanLoops = [
  ({ next, at }: Place, step: Step): Emit => (value, run) => next((run.states[at] = step(run.states[at], value)), run),
  ({ next, at }: Place, step: Step): Emit => (value, run) => next((run.states[at] = step(run.states[at], value)), run),
  ({ next, at }: Place, step: Step): Emit => (value, run) => next((run.states[at] = step(run.states[at], value)), run),
  ({ next, at }: Place, step: Step): Emit => (value, run) => next((run.states[at] = step(run.states[at], value)), run),
];

/** Hands on what is in the array, or comes from the stream, that the function gives for a value. */
export const flatMapLoops = [
  ({ next, at }: Place, work: Work): Emit => (value, run) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++], run);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, at }: Place, work: Work): Emit => (value, run) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++], run);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, at }: Place, work: Work): Emit => (value, run) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++], run);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, at }: Place, work: Work): Emit => (value, run) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++], run);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
];
