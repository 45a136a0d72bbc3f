import { each, outputStream, pipe, unary, type Bidi, type InputStream, type OutputStream, type Stream } from "@iftk/core";
import { pairwise as ixPairwise } from "ix/asynciterable/operators/pairwise";
import {
  bufferBy, catchError, combineLatest, count, debounce, distinctUntilChanged, exhaustMap, fromIx, groupBy, ignoreElements, max, mergeMap, pairwise, sample, switchMap, takeUntil, throttle, timestamp, window,
  withLatest, type Timestamped,
} from "./index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_proof: Equal<A, B>): void => {};

declare const words: Stream<string>;
declare const numbers: Stream<number>;
const length = unary((word: string) => word.length);
const letters = outputStream(async function* letters(word: string) {
  yield* word;
});
const plain = async function* plain(word: string): Stream<number> {
  yield word.length;
};

const a = switchMap(letters);
same<typeof a, Bidi<string, string>>(true);
const b = mergeMap(length, { concurrency: 2 });
same<typeof b, Bidi<string, number>>(true);
const c = exhaustMap(plain);
same<typeof c, Bidi<string, number>>(true);
const d = withLatest<string, number>(numbers);
same<typeof d, Bidi<string, [value: string, latest: number]>>(true);
const e = combineLatest(words, numbers, words);
same<typeof e, Stream<[string, number, string]>>(true);
const f = pipe(letters, debounce<string>(5), window<string>(2), switchMap((pair: string[]) => plain(pair.join(""))), timestamp<number>());
same<typeof f, OutputStream<string, Timestamped<number>>>(true);
const g = groupBy((word: string) => word.length, (key) => (same<typeof key, number>(true), each(length)));
same<typeof g, Bidi<string, number>>(true);
const h = fromIx(ixPairwise<string>());
same<typeof h, Bidi<string, string[]>>(true);
const i = catchError<string, number>(() => numbers);
same<typeof i, Bidi<string, string | number>>(true);
const j = pipe(pairwise<number>(), count<[number, number]>());
same<typeof j, InputStream<number, number>>(true);
const k = max<number>();
same<typeof k, InputStream<number, number | undefined>>(true);
const l = pipe(throttle<string>(1), sample<string>(() => numbers), takeUntil<string>(new AbortController().signal), distinctUntilChanged<string, number>({ key: (word) => word.length }), bufferBy<string>({ time: 3 }));
same<typeof l, Bidi<string, string[]>>(true);
const m = ignoreElements<string>();
same<typeof m, Bidi<string, never>>(true);

// @ts-expect-error the number of values that are worked on at a time must be said
mergeMap(length);
// @ts-expect-error a stage that takes a stream is none that runs for one value
switchMap(count<string>());
// @ts-expect-error the stages disagree: letters gives strings, debounce was made for numbers
pipe(letters, debounce<number>(5));
