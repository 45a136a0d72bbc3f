import { map } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "../caps.js";
import { element, type Element } from "../define-element.js";
import type { PipelineDescription } from "../description.js";
import { formatLaunch } from "../launch/format-launch.js";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { checkPipeline } from "./check-pipeline.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";

const pcm = { type: "audio/pcm" };

const transform = (name: string, from: { type: string }, to: { type: string }, properties = z.strictObject({}), isConversion = false): Element =>
  element({ kind: "transform", name, description: name, properties, in: { name: "in", caps: from }, out: { name: "out", caps: to }, isConversion, create: () => map((value) => value) });

const rate = z.strictObject({ rate: z.int().default(16000).describe("Samples per second.") });
const audio = [transform("microphone", caps.any, { ...pcm, parameters: { rate: 48000 } } as never), transform("hear", { ...pcm, parameters: { rate: 16000 } } as never, caps.text), transform("resample", pcm, pcm, rate, true), transform("count", caps.json, caps.json)];

const problems = (pipeline: string | PipelineDescription): readonly string[] => checkPipeline(typeof pipeline === "string" ? parseLaunch(pipeline) : pipeline, sampleRegistry([], audio)).map(({ place, message }) => `${place}: ${message}`);

test("all that is wrong is told at once, with its place and what was probably meant", () => {
  const written = parseLaunch("uper ! suffix wth=1 with=2 ! tee name=t  t. ! letters name=u  u. ! keep");
  const links = written.links.map((link) => (link.from.element === "u" ? { from: { element: "tt" }, to: link.to } : link));
  expect(checkPipeline({ ...written, links }, sampleRegistry())).toEqual([
    { place: "elements[0].element", element: "uper0", message: 'there is no element "uper"; did you mean upper?', likely: "upper" },
    { place: "elements[1].properties.wth", element: "suffix0", message: "suffix: there is no such property; did you mean with?", likely: "with" },
    { place: "elements[1].properties.with", element: "suffix0", message: expect.stringContaining("expected string") as unknown },
    { place: "links[3]", message: 'no element is named "tt"; did you mean t?', likely: "t" },
  ]);
});

test.each([
  ["keep ! upper", ["links[0]: keep0 is a sink (keep) and has no output"]],
  ["upper ! words", ["links[0]: words0 is a source (words) and has no input"]],
  ["upper name=u  u. ! suffix  u. ! keep", ["links[1]: u.out is linked already; tee gives values to several"]],
  ["upper ! zip name=z", ["links[0]: z has several pads; name one of z.left, z.right"]],
  ["upper ! z.lefd  zip name=z", ["links[0]: z has no pad lefd, but left, right; did you mean left?"]],
  ["upper ! count", ["links[0]: upper0 gives text/plain, and count0 takes application/json"]],
  ["upper ! identity ! count", ["links[1]: identity0 gives text/plain, and count0 takes application/json"]],
  ["upper ! application/json ! identity", ["links[0]: upper0 gives text/plain, and identity0 takes application/json"]],
  ["upper ! application/json ! suffix", ["links[0]: suffix0 takes text/plain, and the caps of the link let only application/json pass"]],
  ["upper  suffix", ["elements[1]: more than one input is free: upper0.in, suffix0.in; link all but one of them", "elements[1]: more than one output is free: upper0.out, suffix0.out; link all but one of them, or end the others in a sink"]],
  ["upper name=u ! suffix ! u.", ["elements[0]: u, suffix0 are linked in a circle; only a loop may be linked back into, at its pad back"]],
  ["loop name=l ! upper", ["elements[0]: l is a loop: link its pads l.body and l.back to what is to be run again"]],
  ["loop name=l  l.body ! tee name=t ! l.back  t. ! merge name=m  l. ! m.", ["elements[0]: what is between l.body and l.back has to go from the one to the other, and be linked to nothing else"]],
  ["( upper ) name=b  ( suffix ) name=c  b. ! c.x", ["links[0]: the bin c has no such free input; name one of c.suffix0"]],
] as const)("%s is refused", (line, expected) => {
  expect(problems(line)).toEqual(expected);
});

test("places within bins are told with those of the bins", () => {
  expect(problems("upper ! ( suffix ! nothing )")).toEqual([expect.stringContaining("elements[1].bin.elements[1].element: there is no element")]);
});

test("a conversion is put in where exactly one fits, with the properties that the caps name, to be seen in the description", () => {
  const { description } = build(parseLaunch("microphone ! hear ! upper"), sampleRegistry([], audio));
  expect(description.elements[1]).toEqual({ name: "resample0", element: "resample", properties: { rate: 16000 } });
  expect(description.links.slice(0, 2)).toEqual([{ from: { element: "microphone0" }, to: { element: "resample0" } }, { from: { element: "resample0" }, to: { element: "hear0" } }]);
  expect(formatLaunch(description)).toBe("microphone ! resample rate=16000 ! hear ! upper");
  expect(build(description, sampleRegistry([], audio)).description).toEqual(description);
});

test("conversions stand in the chains that they were put into, where a launch line writes them", () => {
  const written = (line: string): string => formatLaunch(build(parseLaunch(line), sampleRegistry([], audio)).description);
  expect(written("microphone ! tee name=t  t. ! hear ! keep  t. ! hear ! keep")).toBe("microphone ! tee name=t ! resample rate=16000 ! hear ! keep\nt. ! resample rate=16000 ! hear ! keep");
  expect(written("words ! microphone ! ( hear ) name=b ! keep")).toBe("words ! microphone ! resample rate=16000 ! ( hear ) name=b ! keep");
});

test("a conversion within a bin is put in there", () => {
  const { description } = build(parseLaunch("( microphone ! hear ) ! upper"), sampleRegistry([], audio));
  expect(description.elements[0]).toMatchObject({ bin: { elements: [{}, { element: "resample" }, {}], links: [{}, {}] } });
});

test("where several conversions fit the author is asked", () => {
  const registry = sampleRegistry([], [...audio, transform("other", pcm, pcm, rate, true)]);
  expect(checkPipeline(parseLaunch("microphone ! hear"), registry)[0]?.message).toMatch(/put one of other, resample between them/u);
});

test("the caps of the free ends are known", () => {
  const built = build(parseLaunch("upper ! identity"), sampleRegistry());
  expect([built.input, built.output]).toEqual([caps.text, caps.text]);
});

test("sizes are bounded", () => {
  const tee = (count: number): PipelineDescription => ({ version: 1, elements: [{ name: "t", element: "tee" }, ...Array.from({ length: count }, (_, index) => ({ name: `k${index}`, element: "keep" }))], links: Array.from({ length: count }, (_, index) => ({ from: { element: "t" }, to: { element: `k${index}` } })) });
  expect([problems(tee(64)), problems(tee(65)), problems(tee(1000))]).toEqual([[], ["links[64]: t has at most 64 pads out"], ["elements: expected at most 1000 of them"]]);
  let deep: PipelineDescription = { version: 1, elements: [{ name: "u", element: "upper" }], links: [] };
  for (let depth = 0; depth < 10_000; depth++) deep = { version: 1, elements: [{ name: "b", bin: { elements: deep.elements, links: [] } }], links: [] };
  expect([problems(deep), problems({ version: 1, elements: [], links: [] })]).toEqual([["elements[0].bin.elements: it is nested deeper than bins and values may be, 32"], [": there are no elements"]]);
});

test("what is no description is refused by its shape, in the words of the reader", () => {
  const upper = { name: "u", element: "upper" };
  expect(problems({ version: 1, elements: [{ ...upper, nmae: 1 }], links: [] } as never)).toEqual(['elements[0].nmae: there is no such key; did you mean "name"?']);
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);
  expect(problems({ version: 1, elements: [{ ...upper, properties: { x: deep } }], links: [] } as never)).toEqual(["elements[0].properties.x: it is nested deeper than bins and values may be, 32"]);
  const many = Array.from({ length: 11 }, (_, index) => ({ name: `b${index}`, bin: { elements: Array.from({ length: 100 }, (_each, at) => ({ ...upper, name: `u${at}` })), links: [] } }));
  expect(problems({ version: 1, elements: many, links: [] })).toEqual([": there are more than 1000 elements"]);
  expect(problems({ version: 1, elements: [{ name: "__proto__", element: "upper" }], links: [{ from: 1 }] } as never).length).toBeGreaterThan(1);
});
