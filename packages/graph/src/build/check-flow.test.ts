import { collect, from, map, type Bidi } from "@iftk/core";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import { element } from "../define-element.js";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";

const drop = element({ kind: "transform", name: "drop", description: "May drop some.", properties: z.strictObject({}), in: { name: "in", caps: caps.any }, out: { name: "out", caps: caps.any }, create: () => map((value: unknown) => value) });
const registry = sampleRegistry([], [drop]);
const built = (line: string) => build(parseLaunch(line), registry);
const values = Array.from({ length: 60 }, (_, index) => String(index % 10));

/** How many values come out, or that it stands still. */
async function outcome(line: string): Promise<number | "stands still"> {
  const run = built(line).start((async function* () { for (const value of values) yield await Promise.resolve(value); })());
  const collected = collect(run.output).then(({ length }) => length);
  const answer = await Promise.race([collected, turns(300).then(() => "stands still" as const)]);
  await run.stop();
  return answer;
}

const step = "t then waits for ever for the one that is ahead; put a queue that is large enough into that branch, or have t drop values";

test.each([
  ["branches that keep in step", "tee name=t  t. ! upper ! z.left  zip name=z  t. ! z.right", [], 60],
  ["a branch that gives fewer", "tee name=t  t. ! pairs ! z.left  zip name=z  t. ! z.right", [`z takes one value of each input, and t.out0 and t.out1 may give unequally many: ${step}`], "stands still"],
  ["a branch that gives more", "tee name=t  t. ! identity ! upper ! letters ! pairs ! z.left  zip name=z  t. ! z.right", [expect.stringContaining("z takes one")], "stands still"],
  ["fewer, and a queue where values wait", "tee name=t  t. ! pairs ! z.left  zip name=z  t. ! queue size=40 ! z.right", [], 30],
  ["fewer, and a split that drops", "tee name=t policy=drop-oldest  t. ! pairs ! z.left  zip name=z  t. ! z.right", [], expect.any(Number)],
  ["a join that takes values as they come", "tee name=t  t. ! pairs ! merge name=m  t. ! m.", [], 90],
  ["one input after the other", "tee name=t  t. ! concat name=c  t. ! c.", ["c takes all of one input before the next, and t waits for ever for t.out1 when there is more than it holds; put a queue that is large enough into that branch, or have t drop values"], "stands still"],
  ["one after the other, with a queue", "tee name=t  t. ! concat name=c  t. ! queue size=100 ! c.", [], 120],
  ["a split within a branch", "tee name=t  t. ! tee name=u  u. ! merge name=m  u. ! m.  m. ! z.left  zip name=z  t. ! z.right", [expect.stringContaining("t.out0 and t.out1")], "stands still"],
  ["a diamond within a branch that keeps in step", "tee name=t  t. ! tee name=u  u. ! y.left  zip name=y  u. ! upper ! y.right  y. ! z.left  zip name=z  t. ! z.right", [], 60],
  ["joins of what comes from elsewhere", "words ! pairs ! z.left  zip name=z  words name=w ! z.right", [], 2],
] as const)("%s", async (_, line, warnings, expected) => {
  expect([built(line).warnings.map(({ message }) => message), await outcome(line)]).toEqual([warnings, expected]);
});

test("a run tells of it on its bus, with the element, and so does the built pipeline with the place", async () => {
  const line = "words ! tee name=t  t. ! pairs ! z.left  zip name=z  t. ! z.right  z. ! keep";
  const run = built(line).start();
  const message = expect.stringContaining("z takes one value of each input") as unknown;
  expect((await collect(run.bus)).slice(0, 2)).toEqual([{ type: "state", state: "null" }, { type: "warning", element: "z", message }]);
  expect(built(line).warnings).toEqual([{ place: "elements[3]", element: "z", message }]);
});

test("many diamonds behind each other are looked at once each", () => {
  const line = Array.from({ length: 150 }, (_, index) => `${index === 0 ? "" : `z${index - 1}. ! identity ! `}tee name=t${index}  t${index}. ! drop ! z${index}.left  zip name=z${index}  t${index}. ! z${index}.right`).join("  ");
  expect(built(line).warnings.length).toBeGreaterThanOrEqual(150);
});

test("values of a diamond keep their order", async () => {
  const { stage } = built("tee name=t  t. ! upper ! z.left  zip name=z  t. ! z.right");
  expect(await collect((stage as Bidi<unknown, unknown>)(from(["a", "b"])))).toEqual([["A", "a"], ["B", "b"]]);
});
