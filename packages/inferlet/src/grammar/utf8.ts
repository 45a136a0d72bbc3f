/** Characters as the bytes that write them. */
import type { CodePoints } from "./code-points.js";
import { byte, choice, type Expression, sequence } from "./expression.js";

/** The last code point that one, two, three and four bytes write. */
const lastOfLength = [0x7f, 0x7ff, 0xffff, 0x10ffff];

const encoder = new TextEncoder();

/** One character of the set in UTF-8. */
export function utf8(set: CodePoints): Expression {
  const items: Expression[] = [];
  for (const [from, to] of set) {
    let first = from;
    for (const last of lastOfLength) {
      if (first > last || first > to) continue;
      const end = Math.min(to, last);
      items.push(...between(encode(first), encode(end)));
      first = end + 1;
    }
  }
  return choice(...items);
}

function encode(codePoint: number): Uint8Array {
  return encoder.encode(String.fromCodePoint(codePoint));
}

/** The byte strings between two of the same length, where all but the first byte go from 0x80 to 0xbf. */
function between(from: Uint8Array, to: Uint8Array): Expression[] {
  const first = from[0] as number;
  const last = to[0] as number;
  if (from.length === 1) return [byte(first, last)];
  const lowRest = from.subarray(1);
  const highRest = to.subarray(1);
  if (first === last) return [sequence(byte(first), choice(...between(lowRest, highRest)))];
  const isLow = lowRest.every((value) => value === 0x80);
  const isHigh = highRest.every((value) => value === 0xbf);
  const items: Expression[] = [];
  if (!isLow) items.push(sequence(byte(first), choice(...between(lowRest, lowRest.map(() => 0xbf)))));
  const middleFrom = isLow ? first : first + 1;
  const middleTo = isHigh ? last : last - 1;
  if (middleFrom <= middleTo) items.push(sequence(byte(middleFrom, middleTo), ...Array.from(lowRest, () => byte(0x80, 0xbf))));
  if (!isHigh) items.push(sequence(byte(last), choice(...between(highRest.map(() => 0x80), highRest))));
  return items;
}
