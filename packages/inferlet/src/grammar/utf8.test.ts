import fc from "fast-check";
import { expect, test } from "vitest";
import { codePoints } from "./code-points.js";
import { type Expression, partsOf } from "./expression.js";
import { acceptsText } from "./fixtures/accepts.js";
import { Grammar } from "./grammar.js";
import { utf8 } from "./utf8.js";

/** Characters beside those at which the number or the first of the bytes changes. */
const edges = [0, 0x7f, 0x80, 0xbf, 0xc0, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x10ffff];
const character = fc.oneof(fc.integer({ min: 0, max: 0x10ffff }), fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -2, max: 2 })).map(([edge, away]) => Math.min(Math.max(edge + away, 0), 0x10ffff)))
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff);
const ranges = fc.array(fc.tuple(character, character).map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const), { minLength: 1, maxLength: 6 });

test("a class holds the characters of its ranges and no others", () => {
  fc.assert(
    fc.property(ranges, fc.array(character, { maxLength: 20 }), (wanted, others) => {
      const written = wanted.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join("");
      const grammar = Grammar.fromRegex(`[${written}]`);
      const asked = [...wanted.flat().flatMap((edge) => [edge - 1, edge, edge + 1]), ...others].filter((value) => value >= 0 && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff));
      for (const value of asked) {
        expect([value, acceptsText(grammar, String.fromCodePoint(value))]).toEqual([value, wanted.some(([from, to]) => from <= value && value <= to)]);
      }
    }),
  );
});

test("characters that begin with the same byte share it", () => {
  const cyrillicAndGreek = codePoints([[0x391, 0x3a1], [0x3a3, 0x3a9], [0x3b1, 0x3c9], [0x410, 0x44f]]);
  expect(bytesOf(utf8(cyrillicAndGreek))).toEqual(["ce", "91-a1", "a3-a9", "b1-bf", "cf", "80-89", "d0", "90-bf", "d1", "80-8f"]);
});

/** The bytes of an expression as they are written, from left to right. */
function bytesOf(expression: Expression): string[] {
  if (expression.type !== "byte") return partsOf(expression).flatMap(bytesOf);
  const { from, to } = expression;
  return [from === to ? from.toString(16) : `${from.toString(16)}-${to.toString(16)}`];
}
