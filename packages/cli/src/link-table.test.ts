import { expect, test } from "vitest";
import { linkLines, linkRates, linkTable } from "./link-table.js";

const before = [{ from: "a.out", to: "b.in", items: 10, queued: 0, stalled: 100 }];
const now = [{ from: "a.out", to: "b.in", items: 30, queued: 2, stalled: 600 }, { from: "b.out", to: "c.in", items: 5, queued: 0, stalled: 0 }];

test("rates are those of the time between two looks", () => {
  expect(linkRates(now, before, 1000).map(({ rate, stall }) => [rate, stall])).toEqual([[20, 0.5], [5, 0]]);
  expect(linkRates(now, before, 0).map(({ rate, stall }) => [rate, stall])).toEqual([[0, 0], [0, 0]]);
});

test("a table has its columns under each other and keeps to the width", () => {
  const links = linkRates(now, before, 1000);
  expect(linkTable(links, 80)).toEqual([
    "link          items  rate/s  queue  stall",
    "a.out → b.in     30      20      2    50%",
    "b.out → c.in      5     5.0      0     0%",
  ]);
  expect(linkTable(links, 20)).toEqual(["link          items", "a.out → b.in     30", "b.out → c.in      5"]);
  expect(linkTable(links, 6)).toEqual(["link  ", "a.out…", "b.out…"]);
  expect(linkLines(links)[0]).toBe("a.out → b.in: 30 items, 20/s, 2 queued, 50% stalled");
});
