import { batch, each, outputStream, take, unary, type Stream } from "@iftk/core";
import { map as ixMap } from "ix/asynciterable/operators/map";
import { z } from "zod";
import { fromCsv, fromIterable, fromJsonArray, fromJsonl, fromLines, type ByteSource, type DataStream } from "./index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_proof: Equal<A, B>): void => {};

declare const numbers: DataStream<number>;
declare const words: DataStream<string>;
declare const bytes: ByteSource;
const length = unary((word: string) => word.length);
const letters = outputStream(async function* letters(word: string) {
  yield* word;
});

const a = words.map((word) => word.length);
same<typeof a, DataStream<number>>(true);
const b = words.map(async (word, { signal }) => ({ word, isLeft: signal.aborted }));
same<typeof b, DataStream<{ word: string; isLeft: boolean }>>(true);
const c = fromIterable([1, undefined, "", "a"] as const).filter();
same<typeof c, DataStream<1 | "a">>(true);
const d = numbers.concat(words).filter((item) => typeof item === "string");
same<typeof d, DataStream<string>>(true);
const e = numbers.zip(words, words);
same<typeof e, DataStream<[number, string, string]>>(true);
const f = numbers.batch(2).flatten();
same<typeof f, DataStream<number>>(true);
const g = words.pipe(each(length, { ahead: 2 }));
same<typeof g, DataStream<number>>(true);
const h = words.pipe(each(letters)).pipe(take(2));
same<typeof h, DataStream<string>>(true);
const i = numbers.pipe(batch(2));
same<typeof i, DataStream<number[]>>(true);
const j = numbers.pipe(ixMap((n) => n.toFixed()));
same<typeof j, DataStream<string>>(true);
const plain = numbers.pipe(async function* plain(items) {
  for await (const item of items) yield item.toFixed();
});
same<typeof plain, DataStream<string>>(true);
const s = numbers.pipe(each(unary((n: number) => n.toFixed())));
same<typeof s, DataStream<string>>(true);
const k = fromIterable(() => letters("word"));
same<typeof k, DataStream<string>>(true);
const l = fromJsonl(bytes, { schema: z.object({ score: z.coerce.number() }) });
same<typeof l, DataStream<{ score: number }>>(true);
const m = fromJsonArray(bytes);
same<typeof m, DataStream<unknown>>(true);
const n = fromCsv(bytes);
same<typeof n, DataStream<Record<string, string>>>(true);
const o = fromCsv(bytes, { header: false });
same<typeof o, DataStream<string[]>>(true);
const p = fromCsv(bytes, { schema: z.object({ id: z.string() }) });
same<typeof p, DataStream<{ id: string }>>(true);
const q = fromLines(bytes).split(0.8, { seed: 1 });
same<typeof q, [DataStream<string>, DataStream<string>]>(true);
const r: Stream<string> = words;
same<typeof r, Stream<string>>(true);

// @ts-expect-error -- a stage that takes another type
numbers.pipe(each(length));
// @ts-expect-error -- numbers cannot be iterated
numbers.flatten();
// @ts-expect-error -- a promise holds always
numbers.filter(async () => false);
// @ts-expect-error -- what gives one value is no stream
words.pipe(length);
