import { expect, test } from "vitest";
import { name, pipelineDescription, propertyName } from "./description.js";

const isName = (text: string): boolean => name.safeParse(text).success;
const isProperty = (text: string): boolean => propertyName.safeParse(text).success;

test("names are letters, digits, _ and -, those of properties have points too", () => {
  const texts = ["a", "A1_-", "a".repeat(64), "prototype", "a.b", "a".repeat(65), "", "1a", "_a", "-a", "é", "a b", "a\n", "a/b", "a!"];
  expect(texts.filter(isName)).toEqual(["a", "A1_-", "a".repeat(64), "prototype"]);
  expect(texts.filter(isProperty)).toEqual(["a", "A1_-", "a".repeat(64), "prototype", "a.b"]);
});

test("no name is one that all objects have", () => {
  const reserved = Object.getOwnPropertyNames(Object.prototype);
  expect([...reserved.filter(isName), ...reserved.filter(isProperty)]).toEqual([]);
});

const use = { name: "a", element: "b" };
const end = { element: "a" };

test("a pipeline is elements, bins and links, and nothing else", () => {
  const pipeline = { version: 1, description: "d", elements: [{ ...use, properties: { x: [1, { y: null }] } }, { name: "c", bin: { elements: [use], links: [] } }], links: [{ from: { ...end, pad: "out" }, to: end, caps: "text/plain" }] };
  expect(pipelineDescription.parse(pipeline)).toEqual(pipeline);
});

test.for<readonly [string, unknown]>([
  ["another version", { version: 2, elements: [], links: [] }],
  ["no links", { version: 1, elements: [] }],
  ["a key that is not known", { version: 1, elements: [], links: [], run: "x" }],
  ["an element that is a bin too", { version: 1, elements: [{ ...use, bin: { elements: [], links: [] } }], links: [] }],
  ["code in the place of a value", { version: 1, elements: [{ ...use, properties: { x: () => 1 } }], links: [] }],
  ["an object of a class in the place of a value", { version: 1, elements: [{ ...use, properties: { x: new Date() } }], links: [] }],
  ["a number that JSON does not have", { version: 1, elements: [{ ...use, properties: { x: Infinity } }], links: [] }],
  ["a value that is not there", { version: 1, elements: [{ ...use, properties: { x: undefined } }], links: [] }],
  ["an element that is named by a path", { version: 1, elements: [{ name: "a", element: "./module.js" }], links: [] }],
  ["an element that is named by an address", { version: 1, elements: [{ name: "a", element: "node:fs" }], links: [] }],
  ["a pad with a name of all objects", { version: 1, elements: [use], links: [{ from: { ...end, pad: "constructor" }, to: end }] }],
  ["a bin with a name of all objects", { version: 1, elements: [{ name: "valueOf", bin: { elements: [], links: [] } }], links: [] }],
  ["more links than there may be", { version: 1, elements: [use], links: Array.from({ length: 4001 }, () => ({ from: end, to: end })) }],
])("%s is refused", ([, json]) => {
  expect(pipelineDescription.safeParse(json).success).toBe(false);
});
