import { batch, bidi, buffer, drop, each, filter, inputStream, map, outputStream, pipe, take, tap, unary, type Bidi, type InputOf, type InputStream, type OutputOf, type OutputStream, type Stream, type Unary } from "./index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_proof: Equal<A, B>): void => {};

const length = unary((word: string) => word.length);
const letters = outputStream(async function* letters(word: string) {
  yield* word;
});
const sum = inputStream(async function sum(numbers: Stream<number>) {
  let total = 0;
  for await (const n of numbers) total += n;
  return total;
});
const doubled = bidi(async function* doubled(numbers: Stream<number>) {
  for await (const n of numbers) yield n * 2;
});

const a = pipe(letters, each(length), doubled);
same<typeof a, OutputStream<string, number>>(true);
const b = pipe(letters, each(length), sum);
same<typeof b, Unary<string, number>>(true);
const c = pipe(each(length), doubled);
same<typeof c, Bidi<string, number>>(true);
const d = pipe(each(length), sum);
same<typeof d, InputStream<string, number>>(true);
const e = pipe(length, doubled, map((n: number) => String(n)));
same<typeof e, OutputStream<string, string>>(true);
const f = pipe(pipe(letters, each(length)), pipe(doubled, sum), unary((n: number) => n > 2));
same<typeof f, Unary<string, boolean>>(true);
same<[InputOf<typeof f>, OutputOf<typeof f>], [string, boolean]>(true);

// @ts-expect-error the stages disagree: letters gives strings, doubled takes numbers
pipe(letters, doubled);
// @ts-expect-error a stream cannot feed a stage that takes one value
pipe(letters, length);
// @ts-expect-error the third joint is wrong
pipe(letters, each(length), sum, letters);
// @ts-expect-error no stage at all
pipe();
// @ts-expect-error a function is not a stage
pipe((word: string) => word);

// What passes values on takes its type from the stage before it.
const g = pipe(letters, take(3), buffer({ size: 2 }), filter(Boolean), tap(() => {}), drop(1), each(length));
same<typeof g, OutputStream<string, number>>(true);
const h = pipe(letters, take(3), batch(2));
same<typeof h, OutputStream<string, string[]>>(true);
const alone = [take(3)(letters("abc")), drop(3)(letters("abc")), buffer({ size: 1 })(letters("abc"))];
same<typeof alone, Stream<string>[]>(true);
const batches = batch(2)(letters("abc"));
same<typeof batches, Stream<string[]>>(true);
const first: Bidi<number, number> = take<number>(1);
void first;
// @ts-expect-error take gives on strings, sum takes numbers
pipe(letters, take(3), sum);

// Sixteen stages.
const n = map((value: number) => value + 1);
const long = pipe(each(length), n, take(9), n, tap(() => {}), n, filter((value: number) => value > 2), n, drop(1), n, buffer({ size: 1 }), n, n, batch(3), map((values: number[]) => values.length), sum);
same<typeof long, InputStream<string, number>>(true);
// @ts-expect-error the last of sixteen joints is wrong
pipe(each(length), n, take(9), n, tap(() => {}), n, filter((value: number) => value > 2), n, drop(1), n, buffer({ size: 1 }), n, n, batch(3), map((values: number[]) => values.length), each(length));
