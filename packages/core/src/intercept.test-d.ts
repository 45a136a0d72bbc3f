import { intercept, outputStream, unary, bidi, type Bidi, type Interceptor, type OutputStream, type Stream, type Unary } from "./index.js";
import { cache, fallback, hedge, retry, timeout, type Rollback } from "./interceptors/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_proof: Equal<A, B>): void => {};

const length = unary(async (word: string) => word.length);
const letters = outputStream(async function* letters(word: string) {
  yield* word;
});
const words = bidi(async function* words(parts: Stream<string>) {
  for await (const part of parts) yield* part.split(" ");
});
const digits = outputStream(async function* digits(word: string) {
  yield word.length;
});
const ofNumber = outputStream(async function* ofNumber(n: number) {
  yield String(n);
});

const plain: Interceptor = (next) => (input, call) => next(input, call);

const a = intercept(letters, plain, timeout({ total: 1 }), retry());
same<typeof a, OutputStream<string, string>>(true);
const b = intercept(length, retry({ afterOutput: "before-first" }));
same<typeof b, Unary<string, number>>(true);
const c = intercept(letters, timeout({ first: 1 }), retry({ afterOutput: "replace" }));
same<typeof c, OutputStream<string, string | Rollback>>(true);
const d = intercept(words, retry({ afterOutput: "replace" }));
same<typeof d, Bidi<string, string | Rollback>>(true);
const e = intercept(letters, fallback(letters));
same<typeof e, OutputStream<string, string>>(true);
const f = intercept(letters, fallback([letters, digits]));
same<typeof f, OutputStream<string, string | number>>(true);
const g = intercept(letters, fallback(letters, { afterOutput: "replace" }));
same<typeof g, OutputStream<string, string | Rollback>>(true);
const h = intercept(letters, hedge({ after: 1 }), cache<string>({ key: (word) => word }));
same<typeof h, OutputStream<string, string>>(true);
const i = intercept(letters, hedge({ after: 1, stages: [letters] }), timeout({ idle: 1, isContent: (letter: string) => letter !== "" }));
same<typeof i, OutputStream<string, string>>(true);
const j = intercept(letters, (next) => (input, call) => next(input, call));
same<typeof j, OutputStream<string, string>>(true);
const k = intercept(letters);
same<typeof k, OutputStream<string, string>>(true);

const rest = (word: string, given: readonly string[]): string => word.slice(given.length);
const l = intercept(letters, retry({ afterOutput: "continue", continueWith: rest }), fallback(letters, { afterOutput: "continue", continueWith: rest }));
same<typeof l, OutputStream<string, string>>(true);

// @ts-expect-error going on needs a way
retry({ afterOutput: "continue" });
// @ts-expect-error what goes on is a number
intercept(letters, retry({ afterOutput: "continue", continueWith: (word: number, _given: readonly string[]) => word }));
// @ts-expect-error what was given is letters
intercept(letters, retry({ afterOutput: "continue", continueWith: (word: string, _given: readonly number[]) => word }));
// @ts-expect-error the stage that stands in takes numbers
intercept(letters, fallback(ofNumber));
// @ts-expect-error one of them takes numbers
intercept(letters, fallback([letters, ofNumber]));
// @ts-expect-error the key is made of numbers
intercept(letters, cache<number>({ key: String }));
// @ts-expect-error the stage gives strings
intercept(letters, timeout({ idle: 1, isContent: (letter: number) => letter > 0 }));
// @ts-expect-error an interceptor gives what the stage gives
const wrong: Interceptor = () => async function* () {
  yield 1;
};
// @ts-expect-error a function is not a stage
intercept((word: string) => word, wrong);
