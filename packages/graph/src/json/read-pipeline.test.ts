import { StageError } from "@iftk/core";
import { expect, test } from "vitest";
import type { PipelineDescription } from "../description.js";
import { readPipeline } from "./read-pipeline.js";

const pipeline: PipelineDescription = {
  version: 1,
  description: "Tells a story.",
  elements: [
    { name: "chat0", element: "chat", properties: { model: "tiny", stop: ["a", { b: null }] } },
    { name: "t", element: "tee" },
    { name: "b", bin: { elements: [{ name: "upper0", element: "upper" }], links: [] } },
  ],
  links: [{ from: { element: "chat0" }, to: { element: "t" }, caps: "text/plain" }, { from: { element: "t", pad: "out1" }, to: { element: "b" } }],
};

function messageOf(json: unknown): string {
  try {
    readPipeline(json);
  } catch (error) {
    if (!StageError.is(error)) throw error;
    expect(error).toMatchObject({ code: "invalid_argument", reason: "pipeline" });
    return error.message;
  }
  throw new Error("it was read");
}

test("what was saved is read as it was", () => {
  expect(readPipeline(JSON.parse(JSON.stringify(pipeline)))).toStrictEqual(pipeline);
});

test("properties that are empty are left out, in bins too", () => {
  const empty = { name: "a", element: "b", properties: {} };
  expect(readPipeline({ version: 1, elements: [empty, { name: "c", bin: { elements: [empty], links: [] } }], links: [] })).toStrictEqual({
    version: 1, elements: [{ name: "a", element: "b" }, { name: "c", bin: { elements: [{ name: "a", element: "b" }], links: [] } }], links: [],
  });
});

test("everything is read in one form: caps in the order of their names, -0 as 0, and without the key that tells editors where the schema is", () => {
  const end = { element: "a" };
  const written = { version: 1, elements: [{ name: "a", element: "b", properties: { x: [-0, { y: -0 }] } }], links: [{ from: end, to: end, caps: "audio/pcm, rate = 16000,language='fr'" }] };
  expect(readPipeline({ $schema: "../pipeline.schema.json", ...written })).toStrictEqual({
    version: 1, elements: [{ name: "a", element: "b", properties: { x: [0, { y: 0 }] } }], links: [{ from: end, to: end, caps: "audio/pcm,language=fr,rate=16000" }],
  });
});

test("all that is wrong is said at once, with its place and what was likely meant", () => {
  expect(messageOf({
    version: 1,
    elements: [{ name: "a", elment: "b" }, { name: "b", bin: { elements: [{ name: "1", element: "c", properties: { "x y": 1 } }], link: [] } }, 5, { name: "c", element: "c", propertys: {} }],
    links: [{ from: { element: "a", pads: "x" }, t: {} }, { from: { element: "a" }, to: { element: "b" }, caps: 5 }],
    lnks: [],
    zzz: 1,
  })).toBe(`pipeline:
  elements[0].element: this is missing; expected a text
  elements[0].elment: there is no such key; did you mean "element"?
  elements[1].bin.elements[0].name: expected a letter, then letters, digits, _ or -, at most 64
  elements[1].bin.elements[0].properties["x y"]: expected a letter, then letters, digits, _, . or -, at most 64
  elements[1].bin.links: this is missing; expected an array
  elements[1].bin.link: there is no such key; did you mean "links"?
  elements[2]: expected an object
  elements[3].propertys: there is no such key; did you mean "properties"?
  links[0].from.pads: there is no such key; did you mean "pad"?
  links[0].to: this is missing; expected an object
  and more`);
});

const use = { name: "tee0", element: "tee" };
const deep = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);
const bins = (depth: number): unknown => Array.from({ length: depth }).reduce<{ elements: unknown[]; links: unknown[] }>((bin) => ({ elements: [{ name: "b", bin }], links: [] }), { elements: [], links: [] });
const withElements = (...elements: unknown[]): unknown => ({ version: 1, elements, links: [] });

test.for<readonly [string, unknown, string]>([
  ["a name that is used twice", withElements(use, use), 'pipeline: elements[1].name: "tee0" is the name of elements[0] too'],
  ["a link to what is not there", { version: 1, elements: [use], links: [{ from: { element: "tee" }, to: { element: "tee0" } }] }, 'pipeline: links[0].from.element: no element is named "tee"; did you mean "tee0"?'],
  ["a link out of a bin", withElements(use, { name: "b", bin: { elements: [], links: [{ from: { element: "tee0" }, to: { element: "tee0" } }] } }), 'pipeline:\n  elements[1].bin.links[0].from.element: no element is named "tee0"\n  elements[1].bin.links[0].to.element: no element is named "tee0"'],
  ["a property that is called name", withElements({ ...use, properties: { name: "x" } }), "pipeline: elements[0].properties.name: no property is called name; the name of an element stands beside its properties"],
  ["a value that is no JSON", withElements({ ...use, properties: { x: { y: Number.NaN } } }), "pipeline: elements[0].properties.x: expected a JSON value"],
  ["a name of every object as a key", JSON.parse('{"version":1,"elements":[{"name":"a","element":"b","properties":{"x":[{"__proto__":1}]}}],"links":[]}'), "pipeline: elements[0].properties.x[0].__proto__: this name cannot be used"],
  ["a name of every object as a property", JSON.parse('{"version":1,"elements":[{"name":"a","element":"b","properties":{"constructor":1}}],"links":[]}'), "pipeline: elements[0].properties.constructor: this name cannot be used"],
  ["a name of every object as a name", withElements({ name: "toString", element: "a" }), "pipeline: elements[0].name: this name cannot be used"],
  ["a value that is nested too deep", withElements({ ...use, properties: { x: deep(33) } }), "pipeline: elements[0].properties.x: arrays and objects are nested deeper than 32"],
  ["bins that are nested too deep", { version: 1, ...(bins(33) as object) }, `pipeline: ${"elements[0].bin.".repeat(33).slice(0, -1)}: bins are nested deeper than 32`],
  ["a value that would overflow the stack", withElements({ ...use, properties: { x: deep(100_000) } }), "pipeline: elements[0].properties.x: it is nested deeper than bins and values may be, 32"],
  ["more values than any pipeline has", { version: 1, elements: Array.from({ length: 300_000 }, () => 1), links: [] }, "pipeline: it has more values than fit into a pipeline"],
  ["more elements than a pipeline has", withElements(...Array.from({ length: 1001 }, (_, index) => ({ name: `a${index}`, element: "a" }))), "pipeline: elements: expected at most 1000 of them"],
  ["what is too long for a launch line", withElements({ ...use, properties: { x: "y".repeat(256 * 1024) } }), "pipeline: it is longer than 262144 characters as a launch line"],
  ["caps that cannot be read", { version: 1, elements: [use], links: [{ from: { element: "tee0" }, to: { element: "tee0" }, caps: "audio/pcm,rate" }] }, 'pipeline: links[0].caps: "audio/pcm,rate" are no caps: expected "=" and a value of "rate", found the end'],
  ["a key that steers a terminal", { version: 1, elements: [], links: [], [`\u009B1m${"k".repeat(99)}`]: 1 }, `pipeline: ["\uFFFD1m${"k".repeat(61)}…"]: there is no such key; expected version, description, elements, links`],
  ["a newer version", { version: 2 }, "pipeline: version: this pipeline is of version 2, and this release of @iftk/graph reads versions up to 1; update @iftk/graph, or save the pipeline in an older version"],
])("%s is refused", ([, json, message]) => {
  expect(messageOf(json)).toBe(message);
});

test("a pipeline in which all names are nearly right is refused in an instant", () => {
  const nameOf = (index: number): string => `${"x".repeat(30)}${index}${"y".repeat(30)}`;
  const links = Array.from({ length: 4000 }, (_, index) => ({ from: { element: `z${nameOf(index % 1000)}` }, to: { element: `z${nameOf(index % 1000)}` } }));
  const start = performance.now();
  expect(messageOf({ version: 1, elements: Array.from({ length: 1000 }, (_, index) => ({ name: nameOf(index), element: "a" })), links })).toMatch(/did you mean "x+0y+"\?[^]*\n  and more$/);
  expect(performance.now() - start).toBeLessThan(5000);
});

test("values and bins may be nested as deep as is said", () => {
  expect(readPipeline(withElements({ ...use, properties: { x: deep(32) } })).elements).toHaveLength(1);
  expect(readPipeline({ version: 1, ...(bins(32) as object) }).elements).toHaveLength(1);
});

test("an object that refers to itself is refused", () => {
  const circular: Record<string, unknown> = { name: "a", element: "b" };
  circular["properties"] = { circular };
  expect(messageOf(withElements(circular))).toMatch(/nested deeper/);
});
