import { collect, type Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { gate } from "./fixtures/gate.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";
import type { PipelineRun } from "./pipeline-run.js";

async function* counting(end: number): AsyncGenerator {
  for (let value = 0; value < end; value++) yield await Promise.resolve(String(value));
}

function start(line: string, input: Stream<unknown> = counting(1000)) {
  const held = gate();
  return { ...held, run: build(parseLaunch(line), sampleRegistry([], [held.element]), { live: true }).start(input) };
}

const depths = (run: PipelineRun): Record<string, number> => Object.fromEntries(run.statistics().map(({ from, to, queued }) => [`${from} ${to}`, queued]));

test.each([
  ["block", 8],
  ["drop-oldest", 8],
  ["drop-newest", 8],
  ["latest", 1],
] as const)("what waits in a split for a slow branch is the depth of its link, under %s", async (policy, waiting) => {
  const { run, open } = start(`tee name=t size=8 policy=${policy}  t. ! gate  t. ! upper ! keep`);
  await turns(200);
  // The first value is with the gate.
  expect(depths(run)).toMatchObject({ "t.out0 gate0.in": waiting + 1, "t.out1 upper0.in": policy === "block" ? expect.any(Number) : 0 });
  open();
  await run.done;
  expect(new Set(Object.values(depths(run)))).toEqual(new Set([0]));
});

test("what waits in a queue is the depth of the link after it, also where the queue comes first", async () => {
  for (const line of ["queue name=q size=20 ! gate", "identity ! queue name=q size=20 ! gate"]) {
    const { run, open } = start(line);
    await turns(100);
    expect(depths(run)["q.out gate0.in"]).toBe(21);
    open();
    await run.done;
    expect([depths(run)["q.out gate0.in"], run.statistics().at(-1)?.items]).toEqual([0, 1000]);
  }
});

test("a branch that is left has nothing that waits, and one within a loop begins anew in each turn", async () => {
  const { run, open } = start("tee name=t isolate=true  t. ! fail-at value=\"3\" ! keep  t. ! identity ! gate");
  await turns(50);
  expect(depths(run)["t.out0 fail-at0.in"]).toBe(0);
  open();
  await run.done;
  const looped = build(parseLaunch("loop name=l length=4  l.body ! tee name=t  t. ! keep  t. ! queue ! suffix ! l.back"), sampleRegistry(), { live: true }).start(counting(5));
  await collect(looped.output);
  expect(new Set(Object.values(depths(looped)))).toEqual(new Set([0]));
});

test("a queue whose place another element has taken holds nothing", async () => {
  const { run, open } = start("queue name=q ! suffix name=s ! gate");
  await turns(20);
  open();
  await run.replace("q", { element: "identity" });
  await run.done;
  expect(depths(run)["q.out s.in"]).toBe(0);
});
