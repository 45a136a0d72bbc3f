import { collect, from, type Stream } from "@iftk/core";
import { feed, hang, turns } from "@iftk/testing";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";
import type { BusMessage, PipelineRun } from "./pipeline-run.js";

const start = (line: string, input: Stream<unknown>, live = true): PipelineRun => build(parseLaunch(line), sampleRegistry(), { live }).start(input);

/** A source whose values are given one by one, each after a turn of the event loop. */
async function* slowly(values: Iterable<unknown>): AsyncGenerator {
  for (const value of values) {
    await turns();
    yield value;
  }
}

test("a property that may change does so at the next value", async () => {
  const run = start("suffix name=s ! upper", slowly(["a", "b", "c"]));
  const seen: unknown[] = [];
  for await (const value of run.output) {
    seen.push(value);
    if (seen.length === 1) run.set("s", "with", "?");
  }
  expect(seen).toEqual(["A!", "B?", "C?"]);
});

test("what cannot be changed is refused", async () => {
  const run = start("suffix name=s1 ! fail-at name=f value=x", feed("a"));
  expect(() => run.set("s2", "with", "?")).toThrow('no element is named "s2"; did you mean s1?');
  expect(() => run.set("s1", "wth", "?")).toThrow("did you mean with?");
  expect(() => run.set("f", "value", "y")).toThrow("f (fail-at): property value cannot change while it runs");
  expect(() => run.set("s1", "with", 3)).toThrow("property with: Invalid input: expected string");
  await run.stop();
  expect(() => run.set("s1", "with", "?")).toThrow("the run has ended");
});

test("an element is replaced between two values: what the old one holds is given, nothing is lost and nothing comes twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 9 }), fc.boolean(), fc.boolean(), async (at, isSlow, isAwaited) => {
      const letters = [..."abcdefghij"];
      const run = start("pairs name=p ! identity", isSlow ? slowly(letters) : from(letters));
      let replaced: Promise<unknown> | undefined;
      let text = "";
      for await (const value of run.output) {
        text += String(value).replace(".", "");
        if (text.length >= at) replaced ??= run.replace("p", { element: "upper" }).catch((error: unknown) => error);
        if (isAwaited) await turns();
      }
      expect(text.toLowerCase()).toBe(letters.join(""));
      expect(text).toMatch(/^[a-z]*[A-Z]*$/u);
      await replaced;
    }),
    { numRuns: 40 },
  );
});

test("an element that waits for a value is replaced at once, and the value goes to the new one", async () => {
  let give = (_: string): void => {};
  const source = (async function* () {
    yield "a";
    yield await new Promise<string>((resolve) => (give = resolve));
  })();
  const run = start("suffix name=s", source);
  const output = run.output[Symbol.asyncIterator]();
  expect(await output.next()).toEqual({ done: false, value: "a!" });
  const next = output.next();
  await turns(2);
  await run.replace("s", { element: "suffix", properties: { with: "?" } });
  run.set("s", "with", ";");
  give("b");
  expect([await next, await output.next()]).toEqual([{ done: false, value: "b;" }, { done: true, value: undefined }]);
});

test("what cannot be replaced is refused", async () => {
  const run = start("upper name=u ! tee name=t  t. ! keep  t. ! suffix", hang());
  await turns();
  await expect(run.replace("t", { element: "upper" })).rejects.toThrow("tee is a split");
  await expect(run.replace("u", { element: "keep" })).rejects.toThrow("keep is a sink");
  await expect(run.replace("u", { element: "uper" })).rejects.toThrow("did you mean upper?");
  await expect(run.replace("u", { element: "suffix", properties: { with: 3 } })).rejects.toThrow("u: property with");
  await run.stop();
  const still = start("upper name=u", hang(), false);
  await turns();
  await expect(still.replace("u", { element: "suffix" })).rejects.toThrow("built to be live");
  await still.stop();
  const over = start("upper name=u ! suffix", feed("a"));
  await collect(over.output);
  await expect(over.replace("u", { element: "suffix" })).rejects.toThrow("the run has ended");
});

test("links tell what has passed them, and how long the producer waited for the consumer", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const run = start("upper ! tee name=t  t. ! keep  t. ! suffix ! identity", feed("a", "b", "c"));
    let count = 0;
    for await (const value of run.output) {
      expect(value).toBe(`${"ABC"[count++]}!`);
      vi.advanceTimersByTime(100);
    }
    expect(run.statistics().map(({ from: source, to, items, queued }) => [source, to, items, queued])).toEqual([
      ["upper0.out", "t.in", 3, 0],
      ["t.out0", "keep0.in", 3, 0],
      ["t.out1", "suffix0.in", 3, 0],
      ["suffix0.out", "identity0.in", 3, 0],
    ]);
    expect(run.statistics().at(-1)?.stalled).toBe(300);
  } finally {
    vi.useRealTimers();
  }
});

test("statistics are told while the bus is read, and without live never", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    for (const live of [true, false]) {
      const run = start("upper ! suffix", hang(), live);
      const messages: BusMessage[] = [];
      const reading = (async () => {
        for await (const message of run.bus) messages.push(message);
      })();
      const read = collect(run.output);
      await turns(3);
      vi.advanceTimersByTime(1600);
      await turns(3);
      expect(messages.filter(({ type }) => type === "statistics").length).toBe(live ? 3 : 0);
      await run.stop();
      await Promise.all([reading, read]);
      expect([vi.getTimerCount(), run.statistics().length]).toEqual([0, live ? 1 : 0]);
    }
  } finally {
    vi.useRealTimers();
  }
});

test("an element within a loop is replaced for the turns to come", async () => {
  let replaced: Promise<void> | undefined;
  const run = start("loop name=l length=4  l.body ! suffix name=s ! l.back", slowly(["a", "b"]));
  const seen: unknown[] = [];
  for await (const value of run.output) {
    seen.push(value);
    if (seen.length === 1) replaced = run.replace("s", { element: "suffix", properties: { with: "?" } });
  }
  await replaced;
  expect(seen).toEqual(["a!!!", "b???"]);
});
