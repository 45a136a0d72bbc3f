/** Sets of Unicode characters. */

/** Characters as sorted ranges, both ends included, that neither touch nor overlap; never a surrogate. */
export type CodePoints = readonly (readonly [from: number, to: number])[];

/** Every character: the code points that UTF-8 can write. */
export const anyCodePoint: CodePoints = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

/** The set of ranges that come in any order; surrogates are left out. */
export function codePoints(ranges: readonly (readonly [number, number])[]): CodePoints {
  return intersection(merged(ranges), anyCodePoint);
}

/** The characters of a text. */
export function codePointsOf(text: string): CodePoints {
  return codePoints(Array.from(text, (character) => [character.codePointAt(0) as number, character.codePointAt(0) as number]));
}

/** What is in one of the sets. */
export function union(...sets: readonly CodePoints[]): CodePoints {
  return merged(sets.flat());
}

/** What is in both sets. */
export function intersection(one: CodePoints, other: CodePoints): CodePoints {
  const common: [number, number][] = [];
  let left = 0;
  let right = 0;
  while (left < one.length && right < other.length) {
    const [a, b] = one[left] as readonly [number, number];
    const [c, d] = other[right] as readonly [number, number];
    const from = Math.max(a, c);
    const to = Math.min(b, d);
    if (from <= to) common.push([from, to]);
    if (b < d) left++;
    else right++;
  }
  return common;
}

/** Every character that is not in the set. */
export function complement(set: CodePoints): CodePoints {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= 0x10ffff) gaps.push([next, 0x10ffff]);
  return intersection(gaps, anyCodePoint);
}

/** What is in the first set and not in the second. */
export function difference(one: CodePoints, other: CodePoints): CodePoints {
  return intersection(one, complement(other));
}

function merged(ranges: readonly (readonly [number, number])[]): CodePoints {
  const sorted = ranges.filter(([from, to]) => from <= to).sort(([a], [b]) => a - b);
  const result: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
