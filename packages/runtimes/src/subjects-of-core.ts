/** What core makes streams of: every constructor, operator and combinator. */
import {
  batch, bidi, buffer, concat, drop, each, filter, flatMap, fork, from, fromBatches, map, merge, outputStream, pipe, race, readyStream, scan, sync, take,
  takeWhile, tap, through, toReadableStream, zip, type Stream,
} from "@iftk/core";
import { lateStream } from "@iftk/core/authoring";
import { feed, hang, type LawSubject } from "@iftk/testing/neutral";
import { deaf, deafLetters, join, letters, shout, words } from "./words.js";

const numbers = [1, 2, 3];
const plusOne = (n: number): number => n + 1;
const pairs = sync("pairs", () => {
  let before: number | undefined;
  return {
    take(value: number) {
      const pair = before === undefined ? [] : [[before, value]];
      before = value;
      return pair;
    },
    end: () => (before === undefined ? [] : [[before]]),
  };
});

const modes: Readonly<Record<string, LawSubject>> = {
  unary: { stage: () => shout, input: ["a"], output: ["A"], hanging: () => deaf },
  outputStream: { stage: () => letters, input: ["abc"], output: ["a", "b", "c"], hanging: () => deafLetters },
  inputStream: { stage: () => join, input: ["a", "b"], output: ["ab"] },
  bidi: { stage: () => words, input: ["a b", "c"], output: ["a", "b", "c"] },
};

const operators: Readonly<Record<string, LawSubject>> = {
  map: { stage: () => map(plusOne), input: [1, 2], output: [2, 3] },
  filter: { stage: () => filter((n: number) => n > 1), input: numbers, output: [2, 3] },
  take: { stage: () => take(1_000_000), input: numbers, output: numbers },
  takeWhile: { stage: () => takeWhile((n: number) => n < 1000), input: numbers, output: numbers },
  drop: { stage: () => drop(1), input: numbers, output: [2, 3] },
  tap: { stage: () => tap(() => {}), input: numbers, output: numbers },
  scan: { stage: () => scan((sum: number, n: number) => sum + n, 0), input: numbers, output: [1, 3, 6] },
  batch: { stage: () => batch(2), input: numbers, output: [[1, 2], [3]] },
  sync: { stage: () => pairs, input: numbers, output: [[1, 2], [2, 3], [3]] },
  "flatMap to arrays": { stage: () => flatMap((n: number) => [n, -n]), input: [1, 2], output: [1, -1, 2, -2] },
  "flatMap to streams": { stage: () => flatMap((n: number) => feed(n, -n)), input: [1, 2], output: [1, -1, 2, -2] },
  buffer: { stage: () => buffer({ size: 2 }), input: [1, 2, 3, 4, 5, 6], output: [1, 2, 3, 4, 5, 6], readsAhead: 3 },
  each: { stage: () => each(shout), input: ["a", "b"], output: ["A", "B"] },
  "each with ahead": { stage: () => each(shout, { ahead: 2 }), input: ["a", "b", "c", "d", "e"], output: ["A", "B", "C", "D", "E"], readsAhead: 2 },
  "each over a stage that gives a stream": { stage: () => each(letters), input: ["ab", "c"], output: ["a", "b", "c"] },
};

const pipes: Readonly<Record<string, LawSubject>> = {
  "ten fused stages": {
    stage: () => pipe(map((n: number) => n), filter(Boolean), flatMap((n: number) => [n, n]), take(1_000_000), tap(() => {}), drop(0), scan((_: number, n: number) => n, 0), batch(1), flatMap((ns: number[]) => ns), map((n: number) => n)),
    input: [1, 2],
    output: [1, 1, 2, 2],
  },
  "fused stages around others": { stage: () => pipe(map((word: string) => word.trim()), words, each(shout), map((word: string) => `${word}!`)), input: ["a b", "c"], output: ["A!", "B!", "C!"] },
  "from a value to a stream": { stage: () => pipe(letters, each(shout)), input: ["ab"], output: ["A", "B"], hanging: () => pipe(shout, deaf, letters) },
  "from a stream to a value": { stage: () => pipe(words, join), input: ["a b", "c"], output: ["abc"] },
  "a pipe of pipes": { stage: () => pipe(pipe(words, each(shout)), pipe(map((word: string) => word), filter(Boolean))), input: ["a b", "c"], output: ["A", "B", "C"] },
};

const combinators: Readonly<Record<string, LawSubject>> = {
  "the only branch of a fork": { stage: () => bidi((input: Stream<number>) => fork(1)(input)[0]), input: numbers, output: numbers },
  "the branches of a fork merged again": { stage: () => bidi((input: Stream<number>) => merge(...fork(2)(input))), input: [1, 2], readsAhead: 16 },
  "merge with a stream that has ended": { stage: () => bidi((input: Stream<number>) => merge(from<number>([]), input)), input: numbers, output: numbers },
  "race against a stream that is late": { stage: () => bidi((input: Stream<number>) => race(hang<number>(), input)), input: numbers, output: numbers },
  zip: { stage: () => bidi((input: Stream<number>) => zip(input, from([4, 5, 6, 7]))), input: [1, 2], output: [[1, 4], [2, 5]] },
  concat: { stage: () => bidi((input: Stream<number>) => concat(input, from([9]))), input: [1, 2], output: [1, 2, 9] },
};

const otherShapes: Readonly<Record<string, LawSubject>> = {
  "through a TransformStream": { stage: () => through(() => new TransformStream<number, number>({ transform: (n, controller) => controller.enqueue(n + 1) })), input: [1, 2, 3, 4], output: [2, 3, 4, 5], readsAhead: 2 },
  "a ReadableStream and back": { stage: () => bidi((input: Stream<number>) => from(toReadableStream(input))), input: numbers, output: numbers },
  "a ReadableStream as the source": {
    stage: () => outputStream((count: number) => from(new ReadableStream<number>({ start(controller) {
      for (let n = 1; n <= count; n++) controller.enqueue(n);
      controller.close();
    } }))),
    input: [3],
    output: numbers,
  },
  fromBatches: { stage: () => outputStream((count: number) => fromBatches([numbers.slice(0, count), [4]])), input: [3], output: [1, 2, 3, 4] },
  lateStream: { stage: () => outputStream((count: number) => lateStream(async () => from(numbers.slice(0, count)))), input: [3], output: numbers },
  readyStream: { stage: () => outputStream((count: number) => readyStream(() => readySoFar(count))), input: [3], output: numbers },
};

/** Gives all its numbers at once, and then its end. */
function readySoFar(count: number): { read(): readonly number[] | undefined } {
  let left: readonly number[] | undefined = Array.from({ length: count }, (_, index) => index + 1);
  return {
    read() {
      const values = left;
      left = undefined;
      return values;
    },
  };
}

/** The subjects, by name. */
export const subjectsOfCore: Readonly<Record<string, LawSubject>> = { ...modes, ...operators, ...pipes, ...combinators, ...otherShapes };
