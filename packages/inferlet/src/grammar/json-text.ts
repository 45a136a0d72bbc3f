/** Characters and values as JSON writes them. */
import { anyCodePoint, type CodePoints, codePoints, codePointsOf, complement, difference, intersection } from "./code-points.js";
import { byte, choice, type Expression, literal, repeat, sequence } from "./expression.js";
import { utf8 } from "./utf8.js";

const controls = codePoints([[0, 0x1f]]);
const plain = difference(complement(codePointsOf('"\\')), controls);
const shortEscapes = new Map([["\b", "b"], ["\f", "f"], ["\n", "n"], ["\r", "r"], ["\t", "t"], ['"', '"'], ["\\", "\\"], ["/", "/"]]);
const longControls = difference(controls, codePointsOf("\b\f\n\r\t"));

/**
 * One character of the set inside of a JSON string: itself, or the escape that JSON has for it.
 *
 * `\u` stands for control characters alone, so each character has one or two ways to be written.
 */
export function jsonCharacter(set: CodePoints): Expression {
  const items: Expression[] = [utf8(intersection(set, plain))];
  const letters = [...shortEscapes].filter(([character]) => intersection(set, codePointsOf(character)).length > 0);
  if (letters.length > 0) items.push(sequence(literal("\\"), choice(...letters.map(([, letter]) => literal(letter)))));
  const escaped = intersection(set, longControls);
  if (escaped.length > 0) items.push(sequence(literal("\\u00"), hexadecimalPairs(escaped)));
  return choice(...items);
}

function hexadecimalPairs(set: CodePoints): Expression {
  const values = set.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
  return choice(...values.map((value) => sequence(literal(String(value >> 4)), hexadecimal(value & 15, value & 15))));
}

/** One hexadecimal digit between two values, in either case. */
function hexadecimal(from = 0, to = 15): Expression {
  const items: Expression[] = [];
  if (from < 10) items.push(byte(48 + from, 48 + Math.min(to, 9)));
  if (to >= 10) for (const base of [55, 87]) items.push(byte(base + Math.max(from, 10), base + to));
  return choice(...items);
}

const digit = hexadecimal();
const surrogatePair = sequence(choice(literal("d"), literal("D")), hexadecimal(8, 11), digit, digit, literal("\\u"), choice(literal("d"), literal("D")), hexadecimal(12, 15), digit, digit);
const unit = choice(sequence(choice(hexadecimal(0, 12), hexadecimal(14, 15)), digit, digit, digit), sequence(choice(literal("d"), literal("D")), hexadecimal(0, 7), digit, digit));

/** Any character inside of a JSON string in any way that JSON allows, half a surrogate pair excepted. */
const anyCharacter = choice(utf8(plain), sequence(literal("\\"), choice(...Array.from(shortEscapes.values(), literal), sequence(literal("u"), choice(unit, surrogatePair)))));

const quote = literal('"');

/** Any JSON string. */
export const jsonString: Expression = sequence(quote, repeat(anyCharacter), quote);

/** A JSON string of so many characters, a surrogate pair counted as one. */
export function jsonStringOfLength(minimum: number, maximum: number): Expression {
  if (minimum === 0 && maximum === Infinity) return jsonString;
  return sequence(quote, repeat(jsonCharacter(anyCodePoint), minimum, maximum), quote);
}

/** What stands between the values of a JSON text. */
export interface Layout {
  readonly comma: Expression;
  readonly colon: Expression;
  /** After an opening bracket and before a closing one. */
  readonly inside: Expression;
}

/** White space in JSON: nothing, a space or none after commas and colons, or whatever JSON allows. */
export type Whitespace = "none" | "single" | "any";

const space = repeat(choice(...Array.from(" \n\r\t", literal)));
const maybeSpace = repeat(literal(" "), 0, 1);

export function layoutOf(whitespace: Whitespace): Layout {
  switch (whitespace) {
    case "none":
      return { comma: literal(","), colon: literal(":"), inside: sequence() };
    case "single":
      return { comma: sequence(literal(","), maybeSpace), colon: sequence(literal(":"), maybeSpace), inside: sequence() };
    case "any":
      return { comma: sequence(space, literal(","), space), colon: sequence(space, literal(":"), space), inside: space };
  }
}

/** Brackets around what may be empty. */
export function bracketed(open: string, inner: Expression, close: string, { inside }: Layout): Expression {
  return sequence(literal(open), inside, inner, inside, literal(close));
}

/** A value and nothing else, its members in their order. */
export function jsonLiteral(value: unknown, layout: Layout): Expression {
  if (Array.isArray(value)) {
    return bracketed("[", sequence(...value.flatMap((item, index) => [...(index > 0 ? [layout.comma] : []), jsonLiteral(item, layout)])), "]", layout);
  }
  if (typeof value !== "object" || value === null) return literal(JSON.stringify(value));
  const members = Object.entries(value).flatMap(([name, member], index) => [
    ...(index > 0 ? [layout.comma] : []),
    literal(JSON.stringify(name)),
    layout.colon,
    jsonLiteral(member, layout),
  ]);
  return bracketed("{", sequence(...members), "}", layout);
}
