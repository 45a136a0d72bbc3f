import { expect, test } from "vitest";
import { equalityKey } from "./equality-key.js";

test("values that hold the same have the same key, whatever the order of their properties", () => {
  const one = { a: 1, list: [{ x: 1, y: null }], b: { c: "d" } };
  const other = { b: { c: "d" }, list: [{ y: null, x: 1 }], a: 1, gone: undefined };
  expect([equalityKey(one) === equalityKey(other), equalityKey({}) === equalityKey(Object.create(null))]).toEqual([true, true]);
});

test("values that differ have keys that differ", () => {
  const keys = [{}, { a: 1 }, { a: "1" }, { a: [1] }, { a: null }, { b: 1 }, [], "", "{}", 0, null].map(equalityKey);
  expect(new Set(keys).size).toBe(keys.length);
});

test("what JSON does not hold is its own key", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  for (const value of [{ a: new Date(0) }, { a: () => {} }, { a: 1n }, { a: NaN }, { a: new Map() }, { a: { toJSON: () => 1 } }, cyclic]) expect(equalityKey(value)).toBe(value);
});
