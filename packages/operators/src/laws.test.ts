import { bidi, drop, each, filter, outputStream, pipe, unary, type Stream } from "@iftk/core";
import { feed, liveTimers, pace, stageLaws, turns, type LawSubject, type LiveTimers } from "@iftk/testing";
import { skipLast as ixSkipLast } from "ix/asynciterable/operators/skiplast";
import { afterAll, beforeAll, describe } from "vitest";
import {
  bufferBy, catchError, combineLatest, count, debounce, defaultIfEmpty, delay, distinct, distinctUntilChanged, endWith, every, exhaustMap, finalize, fromIx, gate,
  groupBy, includes, max, mergeMap, min, pairwise, sample, skipLast, skipUntil, skipWhile, some, startWith, sum, switchMap, takeLast, takeUntil, throttle, throwIfEmpty,
  timeInterval, timestamp, window, windowTime, withLatest,
} from "./index.js";

let timers: LiveTimers;
beforeAll(() => {
  timers = liveTimers();
});
afterAll(() => timers.stop());

const paced = pace<number>();
const twice = outputStream(async function* twice(value: number) {
  yield* feed(value, value);
});
const negative = unary((value: number) => -value);
const silent = (): Stream<never> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
/** Ticks at every turn of the event loop or so. */
const ticks = async function* ticks(): AsyncGenerator<null> {
  for (;;) {
    await turns();
    yield null;
  }
};
/** Gives the same stage for whatever it is put behind. */
const plus = (amount: number) => each(unary((value: number) => value + amount));

const input = [1, 2, 3, 4];
const subjects: Readonly<Record<string, LawSubject | Omit<LawSubject, "input">>> = {
  "bufferBy count": { stage: () => bufferBy({ count: 2 }), output: [[1, 2], [3, 4]], readsAhead: 4 },
  "bufferBy time": { stage: () => pipe(paced, bufferBy<number>({ time: 1 })), output: [[1], [2], [3], [4]], readsAhead: 1024 },
  catchError: { stage: () => catchError((error) => { throw error; }), output: input, readsAhead: 0 },
  count: { stage: () => count(), output: [4] },
  debounce: { stage: () => pipe(paced, debounce<number>(1)), output: input, readsAhead: 1 },
  defaultIfEmpty: { stage: () => defaultIfEmpty(0), output: input },
  delay: { stage: () => delay(2, { size: 2 }), output: input, readsAhead: 2 },
  distinct: { stage: () => distinct(), output: input },
  distinctUntilChanged: { stage: () => distinctUntilChanged(), output: input },
  endWith: { stage: () => endWith(5), output: [...input, 5] },
  every: { stage: () => every((value: number) => value > 0), output: [true] },
  exhaustMap: { stage: () => pipe(paced, exhaustMap(twice)), output: [1, 1, 2, 2, 3, 3, 4, 4], readsAhead: 1 },
  finalize: { stage: () => finalize(() => {}), output: input },
  "fromIx(skipLast)": { stage: () => fromIx<number, number>(ixSkipLast(1)), output: [1, 2, 3], readsAhead: 1 },
  gate: { stage: () => gate(silent), output: input, readsAhead: 1 },
  groupBy: { stage: () => groupBy((value: number) => value % 2, plus, { buffer: 1 }), output: [2, 2, 4, 4], readsAhead: 4 },
  includes: { stage: () => includes(5), output: [false] },
  max: { stage: () => max(), output: [4] },
  "mergeMap of a unary stage": { stage: () => mergeMap(negative, { concurrency: 2 }), output: [-1, -2, -3, -4], readsAhead: 2 },
  "mergeMap of a stream": { stage: () => mergeMap(twice, { concurrency: 1 }), output: [1, 1, 2, 2, 3, 3, 4, 4], readsAhead: 1 },
  min: { stage: () => min(), output: [1] },
  pairwise: { stage: () => pairwise(), output: [[1, 2], [2, 3], [3, 4]] },
  "sample by time": { stage: () => pipe(paced, sample<number>(1)), output: input, readsAhead: 1 },
  "sample by a stream": { stage: () => pipe(paced, sample<number>(ticks)), output: input, readsAhead: 1 },
  skipLast: { stage: () => skipLast(1), output: [1, 2, 3], readsAhead: 1 },
  "skipUntil a signal": { stage: () => skipUntil(AbortSignal.abort()), output: input, readsAhead: 1 },
  skipWhile: { stage: () => skipWhile((value: number) => value < 2), output: [2, 3, 4], readsAhead: 1 },
  some: { stage: () => some((value: number) => value > 4), output: [false] },
  startWith: { stage: () => pipe(startWith(0), drop<number>(1)), output: input, readsAhead: 1 },
  sum: { stage: () => sum(), output: [10] },
  switchMap: { stage: () => pipe(paced, switchMap(twice)), output: [1, 1, 2, 2, 3, 3, 4, 4], readsAhead: 1 },
  takeLast: { stage: () => takeLast(2), output: [3, 4] },
  "takeUntil a signal": { stage: () => takeUntil(new AbortController().signal), output: input, readsAhead: 1 },
  "takeUntil a stream": { stage: () => takeUntil(silent), output: input, readsAhead: 1 },
  throttle: { stage: () => pipe(paced, throttle<number>(1)), output: input, readsAhead: 1 },
  "throttle trailing": { stage: () => pipe(paced, throttle<number>(1, { leading: false, trailing: true })), output: input, readsAhead: 1 },
  throwIfEmpty: { stage: () => throwIfEmpty(), output: input },
  timeInterval: { stage: () => timeInterval() },
  timestamp: { stage: () => timestamp() },
  window: { stage: () => window(2), output: [[1, 2], [2, 3], [3, 4]], readsAhead: 1 },
  windowTime: { stage: () => pipe(paced, windowTime<number>(1), filter((values: number[]) => values.length > 0)), readsAhead: 1024 },
  withLatest: { stage: () => withLatest(() => feed("a")), output: [[1, "a"], [2, "a"], [3, "a"], [4, "a"]], readsAhead: 1 },
  combineLatest: { stage: () => bidi((stream: Stream<number>) => combineLatest(stream, feed("a"))) },
};

describe.each(Object.entries(subjects))("%s", (name, subject) => {
  stageLaws(name, { input, isReleased: () => timers.count === 0, ...subject });
});
