/** The operators of `@iftk/operators`, those with timers on the runtime's own clock. */
import { bidi, drop, each, outputStream, pipe, unary, type Stream } from "@iftk/core";
import {
  bufferBy, catchError, combineLatest, count, debounce, defaultIfEmpty, delay, distinct, distinctUntilChanged, endWith, exhaustMap, finalize, gate, groupBy, mergeMap, pairwise, sample,
  skipLast, skipUntil, skipWhile, startWith, sum, switchMap, takeLast, takeUntil, throttle, throwIfEmpty, timestamp, window, withLatest,
} from "@iftk/operators";
import { feed, pace, type LawSubject } from "@iftk/testing/neutral";

const input = [1, 2, 3, 4];
const paced = pace<number>();
const negative = unary((value: number) => -value);
const twice = outputStream(async function* twice(value: number) {
  yield* feed(value, value);
});
const doubled = [1, 1, 2, 2, 3, 3, 4, 4];
const silent = (): Stream<never> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
const plus = (amount: number) => each(unary((value: number) => value + amount));

const subjects: Readonly<Record<string, Omit<LawSubject, "input">>> = {
  "bufferBy count": { stage: () => bufferBy({ count: 2 }), output: [[1, 2], [3, 4]], readsAhead: 4 },
  "bufferBy time": { stage: () => pipe(paced, bufferBy<number>({ time: 1 })), output: [[1], [2], [3], [4]], readsAhead: 1024 },
  catchError: { stage: () => catchError((error) => { throw error; }), output: input },
  count: { stage: () => count(), output: [4] },
  debounce: { stage: () => pipe(paced, debounce<number>(1)), output: input, readsAhead: 1 },
  defaultIfEmpty: { stage: () => defaultIfEmpty(0), output: input },
  delay: { stage: () => delay(2, { size: 2 }), output: input, readsAhead: 2 },
  distinct: { stage: () => distinct(), output: input },
  distinctUntilChanged: { stage: () => distinctUntilChanged(), output: input },
  endWith: { stage: () => endWith(5), output: [...input, 5] },
  exhaustMap: { stage: () => pipe(paced, exhaustMap(twice)), output: doubled, readsAhead: 1 },
  finalize: { stage: () => finalize(() => {}), output: input },
  gate: { stage: () => gate(silent), output: input, readsAhead: 1 },
  groupBy: { stage: () => groupBy((value: number) => value % 2, plus, { buffer: 1 }), output: [2, 2, 4, 4], readsAhead: 4 },
  "mergeMap of a unary stage": { stage: () => mergeMap(negative, { concurrency: 2 }), output: [-1, -2, -3, -4], readsAhead: 2 },
  "mergeMap of a stream": { stage: () => mergeMap(twice, { concurrency: 1 }), output: doubled, readsAhead: 1 },
  pairwise: { stage: () => pairwise(), output: [[1, 2], [2, 3], [3, 4]] },
  sample: { stage: () => pipe(paced, sample<number>(1)), output: input, readsAhead: 1 },
  skipLast: { stage: () => skipLast(1), output: [1, 2, 3], readsAhead: 1 },
  "skipUntil a signal": { stage: () => skipUntil(AbortSignal.abort()), output: input, readsAhead: 1 },
  skipWhile: { stage: () => skipWhile((value: number) => value < 2), output: [2, 3, 4], readsAhead: 1 },
  startWith: { stage: () => pipe(startWith(0), drop<number>(1)), output: input, readsAhead: 1 },
  sum: { stage: () => sum(), output: [10] },
  switchMap: { stage: () => pipe(paced, switchMap(twice)), output: doubled, readsAhead: 1 },
  takeLast: { stage: () => takeLast(2), output: [3, 4] },
  "takeUntil a signal": { stage: () => takeUntil(new AbortController().signal), output: input, readsAhead: 1 },
  "takeUntil a stream": { stage: () => takeUntil(silent), output: input, readsAhead: 1 },
  throttle: { stage: () => pipe(paced, throttle<number>(1)), output: input, readsAhead: 1 },
  throwIfEmpty: { stage: () => throwIfEmpty(), output: input },
  timestamp: { stage: () => timestamp() },
  window: { stage: () => window(2), output: [[1, 2], [2, 3], [3, 4]], readsAhead: 1 },
  withLatest: { stage: () => withLatest(() => feed("a")), output: [[1, "a"], [2, "a"], [3, "a"], [4, "a"]], readsAhead: 1 },
  combineLatest: { stage: () => bidi((stream: Stream<number>) => combineLatest(stream, feed("a"))) },
};

/** The subjects, by name. */
export const subjectsOfOperators: Readonly<Record<string, LawSubject>> = Object.fromEntries(Object.entries(subjects).map(([name, subject]) => [name, { input, ...subject }]));
