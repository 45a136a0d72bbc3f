import { bidi, collect, type Bidi } from "@iftk/core";
import { failing, feed, hang, liveTimers, tracked, tryLaws, turns, type LawName, type LiveTimers } from "@iftk/testing";
import { buffer } from "ix/asynciterable/operators/buffer";
import { bufferCountOrTime } from "ix/asynciterable/operators/buffercountortime";
import { catchError } from "ix/asynciterable/operators/catcherror";
import { combineLatestWith } from "ix/asynciterable/operators/combinelatestwith";
import { concatMap } from "ix/asynciterable/operators/concatmap";
import { debounce } from "ix/asynciterable/operators/debounce";
import { defaultIfEmpty } from "ix/asynciterable/operators/defaultifempty";
import { delayEach } from "ix/asynciterable/operators/delayeach";
import { distinct } from "ix/asynciterable/operators/distinct";
import { distinctUntilChanged } from "ix/asynciterable/operators/distinctuntilchanged";
import { endWith } from "ix/asynciterable/operators/endwith";
import { finalize } from "ix/asynciterable/operators/finalize";
import { flatMap } from "ix/asynciterable/operators/flatmap";
import { mergeWith } from "ix/asynciterable/operators/mergewith";
import { pairwise } from "ix/asynciterable/operators/pairwise";
import { scan } from "ix/asynciterable/operators/scan";
import { skip } from "ix/asynciterable/operators/skip";
import { skipLast } from "ix/asynciterable/operators/skiplast";
import { skipWhile } from "ix/asynciterable/operators/skipwhile";
import { startWith } from "ix/asynciterable/operators/startwith";
import { switchMap } from "ix/asynciterable/operators/switchmap";
import { takeLast } from "ix/asynciterable/operators/takelast";
import { takeUntil } from "ix/asynciterable/operators/takeuntil";
import { throttle } from "ix/asynciterable/operators/throttle";
import { timeInterval } from "ix/asynciterable/operators/timeinterval";
import { timeout } from "ix/asynciterable/operators/timeout";
import { timestamp } from "ix/asynciterable/operators/timestamp";
import { withLatestFrom } from "ix/asynciterable/operators/withlatestfrom";
import { zipWith } from "ix/asynciterable/operators/zipwith";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromIx } from "./index.js";

type Operator = (source: AsyncIterable<number>) => AsyncIterable<unknown>;

interface Row {
  readonly operator: string;
  readonly make: () => Operator;
  /** Laws it breaks as `bidi(operator)`, within the guards that core has for every stage. */
  readonly asBidi: readonly LawName[];
  /** The laws it still breaks as `fromIx(operator)`. */
  readonly guarded: readonly LawName[];
}

const long = 100_000;
const never = (): Promise<never> => new Promise(() => {});

const table: readonly Row[] = [
  { operator: "buffer", make: () => buffer(1), asBidi: [], guarded: [] },
  { operator: "bufferCountOrTime", make: () => bufferCountOrTime(1, long), asBidi: ["return", "signal", "errors", "order", "leaks"], guarded: [] },
  { operator: "catchError", make: () => catchError((error) => { throw error; }), asBidi: [], guarded: [] },
  { operator: "combineLatestWith", make: () => combineLatestWith(feed(9)), asBidi: ["leaks"], guarded: [] },
  { operator: "concatMap", make: () => concatMap((value) => feed(value)), asBidi: [], guarded: [] },
  { operator: "debounce", make: () => debounce(1), asBidi: ["pulled"], guarded: ["pulled", "leaks"] },
  { operator: "defaultIfEmpty", make: () => defaultIfEmpty(0), asBidi: [], guarded: [] },
  { operator: "delayEach", make: () => delayEach(1), asBidi: [], guarded: [] },
  { operator: "distinct", make: () => distinct(), asBidi: [], guarded: [] },
  { operator: "distinctUntilChanged", make: () => distinctUntilChanged(), asBidi: [], guarded: [] },
  { operator: "endWith", make: () => endWith(5), asBidi: [], guarded: [] },
  { operator: "finalize", make: () => finalize(() => {}), asBidi: [], guarded: [] },
  { operator: "flatMap", make: () => flatMap((value) => feed(value), 2), asBidi: ["signal"], guarded: [] },
  { operator: "mergeWith", make: () => mergeWith(feed<number>()), asBidi: [], guarded: [] },
  { operator: "pairwise", make: () => pairwise(), asBidi: [], guarded: [] },
  { operator: "scan", make: () => scan({ callback: (total: number, value: number) => total + value, seed: 0 }), asBidi: [], guarded: [] },
  { operator: "skip", make: () => skip(1), asBidi: [], guarded: [] },
  { operator: "skipLast", make: () => skipLast(1), asBidi: [], guarded: [] },
  { operator: "skipWhile", make: () => skipWhile((value) => value < 2), asBidi: [], guarded: [] },
  { operator: "startWith", make: () => startWith(0), asBidi: ["return", "signal", "order"], guarded: ["return", "signal", "order"] },
  { operator: "switchMap", make: () => switchMap((value) => feed(value)), asBidi: ["signal"], guarded: [] },
  { operator: "takeLast", make: () => takeLast(2), asBidi: [], guarded: [] },
  { operator: "takeUntil", make: () => takeUntil(never), asBidi: [], guarded: [] },
  { operator: "throttle", make: () => throttle(0), asBidi: [], guarded: [] },
  { operator: "timeInterval", make: () => timeInterval(), asBidi: [], guarded: [] },
  { operator: "timeout", make: () => timeout(long), asBidi: ["return", "signal", "errors", "order", "leaks"], guarded: ["signal", "errors", "order", "leaks"] },
  { operator: "timestamp", make: () => timestamp(), asBidi: [], guarded: [] },
  { operator: "withLatestFrom", make: () => withLatestFrom(feed(9)), asBidi: ["leaks"], guarded: [] },
  { operator: "zipWith", make: () => zipWith(feed(9, 9, 9, 9)), asBidi: [], guarded: [] },
];

let timers: LiveTimers;
beforeAll(() => {
  timers = liveTimers();
});
afterAll(() => timers.stop());

/** The laws that a stage over the operator breaks, in their order. */
async function broken(stageOf: (operator: Operator) => Bidi<number, unknown>, make: () => Operator): Promise<LawName[]> {
  const before = timers.count;
  const results = await tryLaws({ stage: () => stageOf(make()), input: [1, 2, 3, 4], readsAhead: 1, patience: 20, isReleased: () => timers.count <= before });
  return [...new Set(results.filter(({ outcome }) => outcome === "broken").map(({ law }) => law.name))];
}

describe("operators of ix", () => {
  test.for(table)("$operator breaks, guarded, $guarded", async ({ make, guarded }) => {
    expect(await broken(fromIx, make)).toEqual(guarded);
  });

  test.for(table.filter(({ asBidi }) => asBidi.length > 0))("$operator breaks, without the guard of fromIx, $asBidi", async ({ make, asBidi }) => {
    expect(await broken(bidi, make)).toEqual(expect.arrayContaining([...asBidi]));
  });
});

describe("fromIx", () => {
  test("is labelled as the operator is", () => {
    expect([fromIx(pairwise()).label, fromIx((source: AsyncIterable<number>) => source).label]).toEqual(["pairwise", "fromIx"]);
  });

  test("an operator that never closes its source has it closed, by the end, by an error and by leaving", async () => {
    const careless: Operator = (source) => ({
      [Symbol.asyncIterator]() {
        const iterator = source[Symbol.asyncIterator]();
        return { next: () => iterator.next() };
      },
    });
    const error = new Error("of the operator");
    const failingAfter: Operator = (source) => ({
      [Symbol.asyncIterator]() {
        const iterator = source[Symbol.asyncIterator]();
        return { next: () => iterator.next().then(() => Promise.reject(error)) };
      },
    });
    const sources = [tracked(feed(1, 2)), tracked(feed(1)), tracked(hang(1))] as const;
    expect([await collect(fromIx(careless)(sources[0])), await collect(fromIx(failingAfter)(sources[1])).catch((caught: unknown) => caught)]).toEqual([[1, 2], error]);
    const iterator = fromIx(careless)(sources[2])[Symbol.asyncIterator]();
    await iterator.next();
    void iterator.next();
    await iterator.return?.();
    expect(sources.map(({ closed }) => closed)).toEqual([1, 1, 1]);
  });

  test("an operator that reads on by itself is held while the consumer does not read", async () => {
    const source = tracked(feed(1, 2, 3, 4, 5));
    const greedy: Operator = (input) => ({
      [Symbol.asyncIterator]() {
        const values: unknown[] = [];
        const all = (async () => {
          for await (const value of input) values.push(value);
        })();
        return {
          async next() {
            while (values.length === 0) await Promise.race([turns(1), all]);
            return { done: false, value: values.shift() };
          },
        };
      },
    });
    const iterator = fromIx(greedy)(source)[Symbol.asyncIterator]();
    await turns(3);
    expect(source.pulled).toBe(0);
    await iterator.next();
    const { pulled } = source;
    await turns(3);
    expect(source.pulled).toBe(pulled);
    await iterator.return?.();
  });

  test("what the source throws passes untouched", async () => {
    const error = new Error("of the source");
    await expect(collect(fromIx(pairwise<number>())(failing(error, 1, 2)))).rejects.toBe(error);
  });
});
