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
  ({ next }: Place, work: Work): Emit => (value) => next(work(value)),
  ({ next }: Place, work: Work): Emit => (value) => next(work(value)),
  ({ next }: Place, work: Work): Emit => (value) => next(work(value)),
  ({ next }: Place, work: Work): Emit => (value) => next(work(value)),
];

/** Hands on a value for which the function holds. */
export const filterLoops = [
  ({ next }: Place, holds: Work): Emit => (value) => (holds(value) ? next(value) : undefined),
  ({ next }: Place, holds: Work): Emit => (value) => (holds(value) ? next(value) : undefined),
  ({ next }: Place, holds: Work): Emit => (value) => (holds(value) ? next(value) : undefined),
  ({ next }: Place, holds: Work): Emit => (value) => (holds(value) ? next(value) : undefined),
];

/** Hands on the state after each value. */
export const scanLoops = [
  ({ next }: Place, step: Step, state: unknown): Emit => (value) => next((state = step(state, value))),
  ({ next }: Place, step: Step, state: unknown): Emit => (value) => next((state = step(state, value))),
  ({ next }: Place, step: Step, state: unknown): Emit => (value) => next((state = step(state, value))),
  ({ next }: Place, step: Step, state: unknown): Emit => (value) => next((state = step(state, value))),
];

/** Hands on what is in the array, or comes from the stream, that the function gives for a value. */
export const flatMapLoops = [
  ({ next, run, at }: Place, work: Work): Emit => (value) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++]);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, run, at }: Place, work: Work): Emit => (value) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++]);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, run, at }: Place, work: Work): Emit => (value) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++]);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
  ({ next, run, at }: Place, work: Work): Emit => (value) => {
    const values = work(value);
    if (!Array.isArray(values)) return run.expand(values, next, at + 1);
    for (let index = 0; index < values.length; ) {
      const done = next(values[index++]);
      if (done !== undefined) run.hold(done);
      if (!run.isGoing) return run.keep(values, index, next, at + 1);
    }
  },
];
