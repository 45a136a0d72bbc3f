import { feed, hang, stageLaws, tracked } from "@iftk/testing";
import { from as fromInIx } from "ix/asynciterable/asynciterablex";
import { concatMap } from "ix/asynciterable/operators/concatmap";
import { distinctUntilChanged } from "ix/asynciterable/operators/distinctuntilchanged";
import { filter } from "ix/asynciterable/operators/filter";
import { map } from "ix/asynciterable/operators/map";
import { pairwise } from "ix/asynciterable/operators/pairwise";
import { scan } from "ix/asynciterable/operators/scan";
import { skip } from "ix/asynciterable/operators/skip";
import { take } from "ix/asynciterable/operators/take";
import { expect, test } from "vitest";
import { fromIterable, type DataStream } from "./index.js";

const input = [1, 2, 3, 4];

const operators: Readonly<Record<string, readonly [(data: DataStream<number>) => DataStream<unknown>, readonly unknown[]]>> = {
  map: [(data) => data.pipe(map((n) => n + 1)), [2, 3, 4, 5]],
  filter: [(data) => data.pipe(filter((n) => n > 1)), [2, 3, 4]],
  take: [(data) => data.pipe(take(1e9)), input],
  skip: [(data) => data.pipe(skip(1)), [2, 3, 4]],
  scan: [(data) => data.pipe(scan({ seed: 0, callback: (sum, n) => sum + n })), [1, 3, 6, 10]],
  pairwise: [(data) => data.pipe(pairwise()), [[1, 2], [2, 3], [3, 4]]],
  concatMap: [(data) => data.pipe(concatMap((n) => [n, n])), [1, 1, 2, 2, 3, 3, 4, 4]],
  distinctUntilChanged: [(data) => data.pipe(distinctUntilChanged()), input],
};
for (const [name, [make, output]] of Object.entries(operators)) {
  stageLaws<number>(`${name} of ix`, { input, output, run: (source, signal) => make(fromIterable(() => source)).open(signal && { signal }) });
}

test("a data stream goes into from and pipe of ix, which read it anew each time", async () => {
  const data = fromInIx(fromIterable(input)).pipe(map((n) => n * 2), filter((n) => n > 2));
  const read = async (): Promise<number[]> => {
    const items = [];
    for await (const item of data) items.push(item);
    return items;
  };
  expect([await read(), await read()]).toEqual([[4, 6, 8], [4, 6, 8]]);
});

test("leaving an operator of ix closes the source", async () => {
  const source = tracked(feed(...input));
  for await (const item of fromInIx(fromIterable(() => source)).pipe(map((n) => n))) if (item === 2) break;
  expect([source.opened, source.pulled, source.closed]).toEqual([1, 2, 1]);
});

test("a reading through an operator of ix ends with the signal, though the source hangs", async () => {
  const controller = new AbortController();
  const reading = fromIterable(() => hang()).pipe(map((item) => item)).toArray({ signal: controller.signal });
  await Promise.resolve();
  controller.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
});
