import { expect, test } from "vitest";
import { isSame } from "./same.js";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}
const run = (): void => {};

test.for([
  [1, 1, true], [Number.NaN, Number.NaN, true], [0, -0, false], ["a", "b", false], [null, undefined, false], [null, {}, false],
  [{ a: 1, b: undefined }, { a: 1 }, true], [{ a: 1 }, { a: 1, b: 2 }, false], [{ a: { b: [1] } }, { a: { b: [1] } }, true],
  [[1, 2], [1, 2], true], [[1, 2], [2, 1], false], [[], {}, false],
  [new Date(1), new Date(1), true], [new Date(1), new Date(2), false],
  [new Error("a"), new Error("a"), true], [new Error("a"), new Error("b"), false], [new Error("a"), new TypeError("a"), false],
  [new Map([["a", 1]]), new Map([["a", 1]]), true], [new Set([1]), new Set([2]), false],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true], [Uint8Array.of(1), Uint8Array.of(2), false], [Uint8Array.of(1), Int8Array.of(1), false],
  [new Point(1), new Point(1), true], [new Point(1), { x: 1 }, false], [run, run, true],
] as const)("isSame(%o, %o) is %s", ([one, other, expected]) => {
  expect([isSame(one, other), isSame(other, one)]).toEqual([expected, expected]);
});
