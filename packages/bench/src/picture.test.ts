import { expect, test } from "vitest";
import { renderFigures } from "./figures.js";
import { insertFigures, renderPicture } from "./picture.js";
import type { Report } from "./report.js";
import { renderTable } from "./table.js";
import { findTargets } from "./targets.js";

const cell = (implementation: string, nsPerItem: number, source: "A" | "C" = "C") => ({ source, stages: 5, implementation, nsPerItem, vsFloor: nsPerItem / 50, vsAsyncGenerators: nsPerItem / 1000 });

const measured = {
  cells: [cell("floor", 50), cell("a <peer> & co", 500), cell("iftk", 55), cell("async generators", 1000), cell("iftk", 90, "A")],
  slopes: [{ source: "C" as const, implementation: "iftk", nsPerStage: 9, vsFloor: 1.4 }],
  fork: [],
  merge: [{ implementation: "iftk", nsPerItem: 190, vsFloor: 1.05 }, { implementation: "rxjs", nsPerItem: 300, vsFloor: 1.6 }],
  many: [],
  memory: [{ implementation: "iftk", bytesPerPipeline: 1900 }],
  abort: [{ implementation: "iftk", turnsToClosed: null, millisecondsToClosed: null, turnsToSettled: 1 }],
  sizes: [],
  generation: [],
  serving: [],
  servingMemory: [],
  wires: [],
  written: [],
  json: [],
  parsing: [],
  inferlets: [],
  inferletFigures: [],
  alone: [],
};
const machine = { node: "v24.0.0", v8: "13", platform: "linux x64", cpu: "A CPU", cpus: 2, memoryGigabytes: 4, date: "2026-01-01", quick: false };
const report: Report = { ...measured, skipped: ["pipelines: stream/iter is not in Node v24.0.0"], failed: ["fork: rxjs: it fell"], machine, targets: findTargets(measured) };

test("the targets of what was measured are compared, and nothing is said of what was not", () => {
  expect(report.targets.map(({ name, measured: found, met }) => [name, found && Math.round(found * 100) / 100, met])).toEqual([
    ["five stages, batches of 32, own sink: over the floor", 1.1, true],
    ["five stages, batches of 32, own sink: faster than async generators", 18.18, true],
    ["five stages, batches of 32, own sink: faster than the best peer", 9.09, true],
    ["five stages, a token a promise, own sink: over the floor", 1.8, false],
    ["each further stage, batches of 32: over the floor's slope", 1.4, false],
    ["heap of an idle pipeline of five stages", 1900, true],
    ["merge of 100: over the loops", 1.05, true],
    ["merge of 100: faster than the best peer", 1.52, true],
    ["abort to the source closed", null, false],
    ["abort to the pending read settled", 1, true],
  ]);
});

test("the picture has a bar for each implementation, the shortest first, with names escaped and no script", () => {
  const svg = renderPicture(report);
  const labels = [...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, label]) => label);
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(labels).toEqual(["one loop by hand", "iftk", "a &lt;peer&gt; &amp; co", "async generators"]);
  expect(widths).toEqual([...widths].sort((a, b) => a - b));
  expect([svg.includes("<script"), svg.includes("prefers-color-scheme: dark")]).toEqual([false, true]);
});

test("a report without such cells gives no picture but says what to run", () => {
  expect(() => renderPicture({ ...report, cells: [] })).toThrow("--save");
});

test("the figures go between the markers, however often, and nowhere else", () => {
  const readme = "# A\n\n<!-- bench -->\nold\n<!-- /bench -->\n\nafter\n";
  const once = insertFigures(readme, "new") ?? "";
  expect([once, insertFigures(once, "new"), insertFigures("no markers", "new")]).toEqual(["# A\n\n<!-- bench -->\nnew\n<!-- /bench -->\n\nafter\n", once, undefined]);
});

test("the figures are a row for each implementation with the floor first", () => {
  const lines = renderFigures(report).split("\n");
  expect(lines.filter((line) => line.startsWith("| ")).map((line) => line.split(" | ").slice(0, 3).join(" | "))).toEqual([
    "| five stages, CPU ns per token (times the loop) | a token a promise | arrays of 32",
    "| one loop, written by hand | – | 50.0",
    "| **IFTK**, `forEach` | 90.0 (1.80x) | 55.0 (1.10x)",
    "| a <peer> & co | – | 500 (10.0x)",
    "| async generators | – | 1000 (20.0x)",
  ]);
});

test("the tables say what was met, what was missed and what was left out", () => {
  const text = renderTable(report);
  expect(["met ", "missed", "Skipped pipelines: stream/iter", "never", "A CPU", "Failed fork: rxjs: it fell"].filter((part) => !text.includes(part))).toEqual([]);
});
