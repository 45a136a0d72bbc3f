import { collect, each, explain, from, pipe, StageError, type AnyStage, type Bidi, type OutputStream, type Stream } from "@iftk/core";
import { stageLaws, tracked } from "@iftk/testing";
import { expect, test } from "vitest";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { greet, letters, sampleRegistry, suffix, upper } from "./fixtures/sample-elements.js";

const stageOf = (line: string, taken?: unknown[]): AnyStage => build(parseLaunch(line), sampleRegistry(taken)).stage;
const runOf = (line: string, input: readonly unknown[], taken?: unknown[]): Promise<unknown[]> => collect((stageOf(line, taken) as Bidi<unknown, unknown>)(from(input)));

for (const [line, input, output] of [
  ["upper ! suffix with=?", ["a", "b"], ["A?", "B?"]],
  ["tee name=t  t. ! upper ! merge name=m  t. ! suffix ! m.", ["a", "b"], undefined],
  ["upper ! tee name=t  t. ! keep  t. ! suffix", ["a", "b"], ["A!", "B!"]],
  ["tee name=t  t. ! keep  t. ! keep  t. ! upper ! z.left  t. ! z.right  zip name=z", ["a", "b"], [["A", "a"], ["B", "b"]]],
  ["loop name=l  l.body ! suffix ! l.back  l. ! upper", ["a", "long"], ["A!!", "LONG!"]],
  ["loop name=l  l.body ! tee name=t  t. ! keep  t. ! suffix ! l.back  l. ! upper", ["a", "long"], ["A!!", "LONG!"]],
] as const) {
  stageLaws(line, { stage: () => stageOf(line), input, ...(output && { output }), readsAhead: line.includes("tee") ? 16 : 0 });
}

stageLaws("words ! tee name=t  t. ! keep  t. ! upper", { run: (source, signal) => (stageOf("tee name=t  t. ! keep  t. ! upper") as Bidi<unknown, unknown>)(source, signal && { signal }), input: ["a", "b"], readsAhead: 16 });

test("a chain is the pipe of its elements", () => {
  const lifted = (stage: AnyStage): AnyStage => each(stage as OutputStream<never, unknown>) as AnyStage;
  const [one, two, three, four] = [upper(), lifted(letters()), lifted(greet()), suffix({ with: "?" })] as const;
  const written = stageOf("upper ! letters ! greet ! suffix with=?");
  const code = pipe(...([one, two, three, four] as unknown as readonly [Bidi<string, string>]));
  expect(explain(written)).toBe(explain(code));
  expect(written.parts.map(({ label, mode }) => [label, mode])).toEqual(code.parts.map(({ label, mode }) => [label, mode]));
});

test("a chain keeps the mode of its ends", async () => {
  const stage = stageOf("greet ! letters ! upper") as OutputStream<string, string>;
  expect([stage.mode, await collect(stage("bo"))]).toEqual(["output-stream", [..."HELLO BO"]]);
});

test("sources give, and sinks take", async () => {
  const taken: unknown[] = [];
  expect([await runOf('words of=["x","y"] ! upper ! keep', [], taken), taken]).toEqual([[], ["X", "Y"]]);
});

test("without a free input nothing is read of what a stage is given", async () => {
  const input = tracked(from([1]));
  expect([await collect((stageOf("words ! upper") as Bidi<unknown, unknown>)(input)), input.opened]).toEqual([["A", "B", "C"], 0]);
});

test("bins take and give what is free in them", async () => {
  expect(await runOf("( upper ! suffix ) name=b ! ( ( suffix with=? ) )", ["a"])).toEqual(["A!?"]);
});

test("values go round as long as they are to, and not more often than they may", async () => {
  expect(await runOf("loop name=l length=5  l.body ! suffix ! l.back", ["a", "bbbb"])).toEqual(["a!!!!", "bbbb!"]);
  await expect(runOf("loop name=l length=50 most=4  l.body ! suffix ! l.back", ["a"])).rejects.toMatchObject({ code: "resource_exhausted", reason: "turns" });
});

test("loops stand within loops", async () => {
  const line = "loop name=o length=6  o.body ! suffix with=x ! loop name=i length=4  i.body ! suffix with=y ! i.back  i. ! o.back";
  expect(await runOf(line, ["a"])).toEqual(["axyyxy"]);
});

test("the failure of one branch ends all of them and closes the source", async () => {
  const source = tracked(from(["a", "b", "c"]) as Stream<unknown>);
  const taken: unknown[] = [];
  const stage = stageOf("tee name=t  t. ! keep  t. ! fail-at value=b ! keep", taken) as Bidi<unknown, unknown>;
  await expect(collect(stage(source))).rejects.toThrow(new RangeError("no b"));
  expect(source.closed).toBe(1);
});

test("what cannot be built is refused with all that is wrong", () => {
  expect(() => stageOf("uper ! suffix wth=1 ! keep ! upper")).toThrow(StageError);
});
