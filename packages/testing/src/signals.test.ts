import { expect, test } from "vitest";
import { collectSlowly } from "./collect-slowly.js";
import { countedAbort, microtasks, turns } from "./signals.js";
import { feed, tracked } from "./sources.js";

test("a counted signal knows its listeners, however they go", () => {
  const abort = countedAbort();
  const counts: number[] = [];
  const listen = (): void => {};
  const other = new AbortController();
  abort.signal.addEventListener("abort", listen);
  abort.signal.addEventListener("abort", listen);
  abort.signal.addEventListener("abort", () => {}, { signal: other.signal });
  counts.push(abort.listeners);
  abort.signal.removeEventListener("abort", listen);
  counts.push(abort.listeners);
  other.abort();
  counts.push(abort.listeners);
  abort.signal.addEventListener("abort", listen);
  abort.abort("enough");
  expect([...counts, abort.listeners, abort.signal.reason]).toEqual([2, 1, 0, 0, "enough"]);
});

test("microtasks stay within a turn of the event loop, turns do not", async () => {
  const log: string[] = [];
  setTimeout(() => log.push("timer"), 0);
  await microtasks(50);
  log.push("microtasks");
  await turns(2);
  log.push("turns");
  expect(log).toEqual(["microtasks", "timer", "turns"]);
});

test("a slow consumer lets the event loop turn after each value", async () => {
  const source = tracked(feed(1, 2));
  const pulls: number[] = [];
  const reading = collectSlowly(source, 3);
  for (let turn = 0; turn < 3; turn++) {
    await turns(2);
    pulls.push(source.pulled);
  }
  expect([pulls, await reading]).toEqual([[1, 2, 2], [1, 2]]);
});
