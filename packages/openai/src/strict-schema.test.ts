import { expect, test } from "vitest";
import { isStrictSchema } from "./strict-schema.js";

const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

test.each<[boolean, string, Record<string, unknown>]>([
  [true, "a closed object with all properties required", closed],
  [true, "closed objects within lists, unions and definitions", { ...closed, properties: { a: { type: "array", items: closed }, b: { anyOf: [closed, { type: "null" }] } }, required: ["a", "b"], $defs: { c: closed } }],
  [true, "a property that is named as a keyword", { ...closed, properties: { not: { type: "string" } }, required: ["not"] }],
  [false, "a property that may be left out", { ...closed, required: [] }],
  [false, "an object that allows others", { ...closed, additionalProperties: true }],
  [false, "an open object within", { ...closed, properties: { a: { type: "object" } } }],
  [false, "a union as root", { ...closed, anyOf: [closed] }],
  [false, "a list as root", { type: "array", items: closed }],
  [false, "a keyword that the mode lacks", { ...closed, properties: { a: { allOf: [{ type: "string" }] } } }],
])("%s for %s", (expected, _, schema) => {
  expect(isStrictSchema(schema)).toBe(expected);
});
