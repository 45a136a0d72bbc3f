import { collect, explain, from, pipe, type AnyStage, type Bidi, type Stream, type Unary } from "@iftk/core";
import { stageLaws, tracked, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { describe } from "../describe.js";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { sampleRegistry, suffix, upper } from "./fixtures/sample-elements.js";
import { starting } from "./fixtures/starting.js";

function stageOf(line: string) {
  const { element, log, release } = starting();
  const built = build(parseLaunch(line), sampleRegistry([], [element]));
  return { stage: built.stage as Bidi<unknown, unknown>, description: built.description, log, release };
}

for (const line of ["upper ! starting ! suffix", "starting ! tee name=t  t. ! keep  t. ! upper"]) {
  stageLaws(line, { stage: () => stageOf(line).stage as AnyStage, input: ["a", "b"], readsAhead: line.includes("tee") ? 16 : 0 });
}

test("the first run of a stage makes its elements ready, those at the end first, and its end stops them in reverse", async () => {
  const { stage, log } = stageOf("starting name=one ! upper ! starting name=two");
  const output = stage(from(["a"]));
  await turns(2);
  expect(log).toEqual([]);
  expect([await collect(output), log]).toEqual([["A"], ["start two", "start one", "stop one", "stop two"]]);
});

test("runs at the same time share what was made ready, and the last one that is left stops it", async () => {
  const { stage, log } = stageOf("starting name=one");
  const [left, other] = [stage(from(["a", "x"]))[Symbol.asyncIterator](), stage(from(["b", "x"]))[Symbol.asyncIterator]()];
  expect([await left.next(), await other.next(), log]).toEqual([{ done: false, value: "a" }, { done: false, value: "b" }, ["start one"]]);
  await left.return?.();
  expect(log).toEqual(["start one"]);
  await other.return?.();
  expect(log).toEqual(["start one", "stop one"]);
  expect([await collect(stage(from(["c"]))), log.length]).toEqual([["c"], 4]);
});

test("a start that fails stops what was started, fails every run that waits, and the next run begins anew", async () => {
  const { stage, log } = stageOf("starting name=one start=fail ! starting name=two");
  const inputs = [tracked(from(["a"])), tracked(from(["a"]))];
  await Promise.all(inputs.map((input) => expect(collect(stage(input as Stream<unknown>))).rejects.toThrow("one is cold")));
  expect([log, inputs.map(({ pulled }) => pulled)]).toEqual([["start two", "start one", "stop two"], [0, 0]]);
  await expect(collect(stage(from(["a"])))).rejects.toThrow("one is cold");
  expect(log.length).toBe(6);
});

test("a run that is left while its elements start gives back what is ready, also what is ready too late", async () => {
  for (const start of ["wait", "deaf"]) {
    const { stage, log, release } = stageOf(`starting name=one start=${start} ! starting name=two`);
    const source = tracked(from(["a"]) as Stream<unknown>);
    const controller = new AbortController();
    const read = collect(stage(source, { signal: controller.signal }));
    await turns(2);
    controller.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    release();
    await turns(3);
    expect([log, source.opened]).toEqual([["start two", "start one", "stop two", ...(start === "wait" ? ["late one", "stop one"] : [])], 0]);
  }
});

test("one run that gives up while elements start does not keep another from having them", async () => {
  const { stage, log, release } = stageOf("starting name=one start=wait");
  const controller = new AbortController();
  const [given, kept] = [collect(stage(from(["a"]), { signal: controller.signal })), collect(stage(from(["b"])))];
  await turns();
  controller.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  release();
  expect([await kept, log]).toEqual([["b"], ["start one", "stop one"]]);
});

test("an element that cannot be stopped fails the run that ends with it, unless that has failed, and keeps no other from being stopped", async () => {
  const { stage, log } = stageOf("starting name=one ! starting name=two stop=fail ! starting name=three");
  await expect(collect(stage(from(["a"])))).rejects.toThrow("two is stuck");
  expect(log.slice(3)).toEqual(["stop one", "stop two", "stop three"]);
  const failing = stageOf("fail-at value=a ! starting name=two stop=fail");
  await expect(collect(failing.stage(from(["a"])))).rejects.toThrow("no a");
});

test("a chain keeps its mode and is described as it was written", async () => {
  const { stage, description, log } = stageOf("greet ! starting name=one");
  expect([stage.mode, await (stage as unknown as Unary<string, string>)("bo")]).toEqual(["output-stream", expect.anything()]);
  expect([describe(stage as AnyStage), log]).toEqual([description, []]);
});

test("a chain without anything to be made ready stays the pipe that it is", () => {
  expect(explain(stageOf("upper ! suffix").stage as AnyStage)).toBe(explain(pipe(upper(), suffix())));
});
