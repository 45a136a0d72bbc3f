import { map, StageError } from "@iftk/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { caps } from "./caps.js";
import { suffix, upper } from "./build/fixtures/sample-elements.js";
import { element } from "./define-element.js";
import { createRegistry } from "./registry.js";

const pads = { in: { name: "in", caps: caps.text }, out: { name: "out", caps: caps.text } };
const define = (name: string, properties: z.ZodObject = z.strictObject({})) => element({ kind: "transform", name, description: "Any.", properties, ...pads, create: () => map((value: string) => value) });

test("properties are checked when an element is called", () => {
  expect(() => suffix({ with: 3 } as never)).toThrow(/element suffix: property with: .*expected string/u);
  expect(() => suffix({ wth: "a" } as never)).toThrow("element suffix: property wth: there is no such property; did you mean with?");
  expect(() => suffix([] as never)).toThrow("element suffix: expected an object of properties");
});

test("properties within properties are told by their path", () => {
  const nested = define("nested", z.strictObject({ of: z.array(z.strictObject({ a: z.int() })) }));
  expect(() => nested({ of: [{ a: 1 }, { a: "b" }] } as never)).toThrow("property of[1].a:");
});

test("names that cannot be written are refused", () => {
  for (const name of ["", "a b", "__proto__", "constructor", "1a"]) expect(() => define(name)).toThrow(StageError);
  for (const property of ["name", "a b", "constructor"]) expect(() => define("fine", z.strictObject({ [property]: z.string() }))).toThrow("cannot be written");
});

test("a registry finds by name and tells the likely one", () => {
  const registry = createRegistry([upper, suffix]);
  expect([registry.find("upper"), registry.has("toString"), registry.names(), registry.elements()]).toEqual([upper, false, ["suffix", "upper"], [suffix, upper]]);
  expect(() => registry.find("uper")).toThrow('there is no element "uper"; did you mean upper?');
  expect(() => createRegistry([upper, upper])).toThrow("two elements are named upper");
});

test("elements that share a stage are told apart", () => {
  const shared = map((value: string) => value);
  const one = element({ kind: "transform", name: "one", description: "One.", properties: z.strictObject({}), ...pads, create: () => shared });
  expect(one()).not.toBe(one());
});

test("required properties are required by the compiler", () => {
  const required = element({ kind: "transform", name: "required", description: "Needs one.", properties: z.strictObject({ a: z.string() }), ...pads, create: ({ a }) => map((value: string) => value + a) });
  // @ts-expect-error -- `a` is missing
  expect(() => required()).toThrow("element required: property a:");
  expect([required({ a: "b" }).mode, suffix({}).mode, suffix().mode]).toEqual(["bidi", "bidi", "bidi"]);
});
