import { map } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "./caps.js";
import { element, type Element } from "./define-element.js";

const pad = (name: string) => ({ name, caps: caps.any });
const transform = { kind: "transform", name: "fine", description: "Any.", properties: z.strictObject({ a: z.string().default("") }), in: pad("in"), out: pad("out"), create: () => map((value: unknown) => value) };
const split = { ...transform, kind: "split", out: { ...pad("out"), isRequested: true }, create: () => () => [] };
const define = (definition: object): unknown => element(definition as never);

test("what is a definition makes an element", () => {
  for (const definition of [transform, split, { ...split, out: [pad("a"), pad("b")] }]) expect((define(definition) as Element).definition).toBe(definition);
});

test.each([
  ["a name with a space", { name: "a b" }, "its name cannot be written"],
  ["a name that objects have", { name: "constructor" }, "its name cannot be written"],
  ["a kind that there is not", { kind: "filter" }, '"filter" is no kind; there are source, transform, sink, split, join, loop'],
  ["a kind that objects have", { kind: "toString" }, "is no kind"],
  ["properties that are no object", { properties: z.string() }, "its properties are not a z.object"],
  ["a property named name", { properties: z.strictObject({ name: z.string() }) }, 'property "name" cannot be written'],
  ["a property that cannot be written", { properties: z.strictObject({ "a b": z.string() }) }, 'property "a b" cannot be written'],
  ["a changeable property that is none", { changeable: ["b"] }, '"b" is changeable but no property'],
  ["no create", { create: undefined }, "it has no create"],
  ["no input", { in: undefined }, "its pads in: expected 1, got 0"],
  ["an output of a sink", { kind: "sink" }, "its pads out: expected 0, got 1"],
  ["two inputs of a transform", { in: [pad("a"), pad("b")] }, "its pads in: expected 1, got 2"],
  ["one pad of a loop", { kind: "loop" }, "its pads in: expected 2, got 1"],
  ["no output of a split", { ...split, out: [] }, "its pads out: expected some, got 0"],
  ["pads that are named alike", { ...split, out: [pad("a"), pad("a")] }, "its pads out: two are named a"],
  ["a pad whose name cannot be written", { in: pad("__proto__") }, 'its pads in: the name "__proto__" cannot be written'],
  ["a pad that can be asked for where there is one", { in: { ...pad("in"), isRequested: true } }, "in can be asked for only where"],
  ["no pads to be asked for", { ...split, out: { ...pad("out"), isRequested: true, most: 0 } }, "most of out is a whole number from 1 on, not 0"],
  ["caps that are none", { in: { name: "in", caps: { type: "text" } } }, "its pads in: the caps of in cannot be written: text"],
  ["a parameter of caps that cannot be written", { in: { name: "in", caps: { type: "a/b", parameters: { "a b": 1 } } } }, "the caps of in cannot be written"],
])("%s is refused", (_, wrong, message) => {
  expect(() => define({ ...transform, ...wrong })).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(message) as unknown }));
});

test("properties are not read of what is called with", () => {
  const given = { a: "x" };
  const made = element({ ...transform, kind: "transform", create: (properties) => map(() => properties) })(given);
  expect(made.mode).toBe("bidi");
  for (const [wrong, message] of [[null, "expected an object"], [[], "expected an object"], [JSON.parse('{"__proto__":{"a":"x"}}'), "property __proto__: there is no such property"]] as const) {
    expect(() => element({ ...transform, kind: "transform" })(wrong as never)).toThrow(message);
  }
});

test("what create throws is not changed", () => {
  const error = new RangeError("no");
  const create = (): never => {
    throw error;
  };
  expect(element({ ...transform, kind: "transform", create })).toThrow(error);
});
