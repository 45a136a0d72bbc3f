import { StageError } from "@iftk/core";
import { tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { gate } from "./fixtures/gate.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";

const count = 10_000;
const size = 8;
const all = Array.from({ length: count }, (_, index) => String(index));

async function* counting(): AsyncGenerator {
  for (const value of all) yield await Promise.resolve(value);
}

/** A tee with a branch that stands still after its first value, and one that takes all that it is given. */
function start(properties: string, live = false) {
  const source = tracked(counting());
  const [fast, slow] = [[] as unknown[], gate()];
  const line = `tee name=t size=${size} ${properties}  t. ! gate  t. ! identity ! keep`;
  return { source, fast, slow, run: build(parseLaunch(line), sampleRegistry(fast, [slow.element]), { live }).start(source) };
}

/** Until the run has come to a standstill, or to its end. */
async function settled(pulled: () => number): Promise<void> {
  for (let before = -1; before !== pulled(); await turns(20)) before = pulled();
}

for (const live of [false, true]) {
  const kind = live ? "a live run" : "a run";

  test(`block in ${kind}: all wait for the slow branch, and nobody misses a value`, async () => {
    const { source, fast, slow, run } = start("policy=block", live);
    await settled(() => source.pulled);
    expect([source.pulled <= size + 4, fast.length <= size + 4]).toEqual([true, true]);
    slow.open();
    await run.done;
    expect([slow.taken, fast]).toEqual([all, all]);
  });

  test.each([
    ["drop-oldest", ["0", ...all.slice(-size)]],
    ["drop-newest", ["0", ...all.slice(1, size + 1)]],
    ["latest", ["0", all.at(-1)]],
  ] as const)(`%s in ${kind}: the others go on, and the slow branch misses what the policy says`, async (policy, expected) => {
    const { fast, slow, run } = start(`policy=${policy}`, live);
    await settled(() => fast.length);
    expect(fast.length).toBe(count);
    slow.open();
    await run.done;
    expect([slow.taken, fast]).toEqual([expected, all]);
  });

  test(`error in ${kind}: the slow branch fails, alone where it is isolated, and else the run does`, async () => {
    for (const isolate of [true, false]) {
      const { source, fast, slow, run } = start(`policy=error isolate=${isolate}`, live);
      await settled(() => source.pulled);
      slow.open();
      const outcome = await run.done.then(() => "ended", (error: unknown) => StageError.is(error) && error.code);
      expect([outcome, source.closed]).toEqual([isolate ? "ended" : "resource_exhausted", 1]);
      expect(fast).toEqual(isolate ? all : fast);
      expect(slow.taken).toEqual(all.slice(0, slow.taken.length));
    }
  });

  test(`a branch of ${kind} whose consumer is gone holds up nobody and keeps nothing, whatever the policy`, async () => {
    for (const policy of ["block", "drop-oldest", "drop-newest", "latest", "error"]) {
      const fast: unknown[] = [];
      const source = tracked(counting());
      const run = build(parseLaunch(`tee name=t size=${size} policy=${policy} isolate=true  t. ! fail-at value="5" ! keep  t. ! identity ! keep`), sampleRegistry(fast), { live }).start(source);
      await run.done;
      expect([new Set(fast).size, source.closed]).toEqual([count, 1]);
    }
  });
}

test("memory does not grow with what a slow branch misses", async () => {
  const { fast, run, slow } = start("policy=drop-oldest", true);
  let most = 0;
  for (let before = -1; before !== fast.length; await turns(5)) {
    before = fast.length;
    most = Math.max(most, ...run.statistics().map(({ queued }) => queued));
  }
  slow.open();
  await run.done;
  expect(most).toBeLessThanOrEqual(size + 1);
});
