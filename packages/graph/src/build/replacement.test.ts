import { collect, type Stream } from "@iftk/core";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";
import { starting } from "./fixtures/starting.js";

const all = Array.from({ length: 5000 }, (_, index) => `${index}:`);

async function* counting(values: readonly string[] = all): AsyncGenerator {
  for (const [index, value] of values.entries()) {
    if (index % 50 === 49) await turns();
    yield await Promise.resolve(value);
  }
}

function start(line: string, input: Stream<unknown> = counting()) {
  const taken: unknown[] = [];
  const { element, log, release } = starting();
  return { taken, log, release, run: build(parseLaunch(line), sampleRegistry(taken, [element]), { live: true }).start(input) };
}

test("elements are replaced, in bins too, and properties set under load: nothing is lost, doubled or out of order, and each one is stopped when it has left", async () => {
  const { run, log, taken } = start("( starting name=s mark=z ! suffix name=m with=. ) name=b ! tee name=t size=4  t. ! queue ! keep  t. ! upper");
  const output = collect(run.output);
  let count = 0;
  for (; count < 40; count++) {
    await run.replace("b/s", { element: "starting", properties: { mark: String(count % 10) } });
    run.set("b/m", "with", count % 2 === 0 ? "," : ".");
    await turns();
  }
  const given = await output;
  const numbers = (values: readonly unknown[]): string[] => values.map((value) => `${String(value).split(":")[0]}:`);
  expect([numbers(given), taken, new Set(given.map((value) => String(value).split(":")[1])).size]).toEqual([all, given, expect.toSatisfy((marks: number) => marks > 5)]);
  expect(log).toEqual(["start b/s", ...Array.from({ length: count }, () => ["start b/s", "stop b/s"]).flat(), "stop b/s"]);
});

test("elements in a loop are replaced under load", async () => {
  const { run } = start("loop name=l length=12 most=12  l.body ! suffix name=s with=a ! l.back", counting(all.slice(0, 1000)));
  const output = collect(run.output);
  for (let count = 0; count < 20; count++) {
    await run.replace("s", { element: "suffix", properties: { with: "bc"[count % 2] as string } });
    await turns();
  }
  expect((await output).map((value) => [String(value).length, String(value).replace(/[abc]+$/u, "")])).toEqual(all.slice(0, 1000).map((value) => [12, value]));
});

test("while a new element cannot be made, or does not start, the old one goes on", async () => {
  const { run, log } = start("starting name=s mark=old");
  const output = collect(run.output);
  for (const [use, message] of [
    [{ element: "starting", properties: { create: "fail" } }, "not made"],
    [{ element: "starting", properties: { start: "fail" } }, "s is cold"],
    [{ element: "starting", properties: { mark: 3 } }, "s: property mark"],
    [{ element: "nothing" }, "there is no element"],
    [{ element: "keep" }, "keep is a sink"],
  ] as const) {
    await turns();
    await expect(run.replace("s", use)).rejects.toThrow(message);
  }
  expect([await output, log]).toEqual([all.map((value) => `${value}old`), ["start s", "start s", "stop s"]]);
});

test("one that starts when the run ends is given up, and what it has made ready too late is stopped", async () => {
  const { run, log, release } = start("starting name=s", counting(all.slice(0, 100)));
  const output = collect(run.output);
  await turns();
  const refused = run.replace("s", { element: "starting", properties: { start: "wait" } }).catch((error: unknown) => error);
  await output;
  expect(await refused).toMatchObject({ code: "failed_precondition" });
  release();
  await turns();
  expect(log).toEqual(["start s", "start s", "stop s", "late s", "stop s"]);
});

test("of two that are to take one place the later is refused, and stopped", async () => {
  const { run, log } = start("starting name=s mark=old");
  const output = run.output[Symbol.asyncIterator]();
  await output.next();
  const outcomes = await Promise.all([run.replace("s", { element: "starting", properties: { mark: "1" } }), run.replace("s", { element: "starting", properties: { mark: "2" } }), output.next()].map((one) => Promise.resolve(one).then(() => "taken", (error: Error) => error.message)));
  expect(outcomes).toEqual(["taken", "s: another element is about to take its place; await that first", "taken"]);
  expect([(await output.next()).value, log.filter((line) => line.startsWith("stop")).length]).toEqual([expect.stringMatching(/1$/u), 2]);
  await run.stop();
  expect(log.length).toBe(6);
});

test("one is replaced that has not begun yet, and none whose input has ended", async () => {
  const { run, release } = start("starting name=s ! starting start=wait name=w ! suffix name=x", counting(["a"]));
  const early = run.replace("s", { element: "upper" });
  await turns();
  release();
  await early;
  const output = run.output[Symbol.asyncIterator]();
  expect(await output.next()).toEqual({ done: false, value: "A!" });
  const over = output.next();
  await expect(run.replace("s", { element: "upper" })).rejects.toMatchObject({ code: "failed_precondition" });
  await over;
});
