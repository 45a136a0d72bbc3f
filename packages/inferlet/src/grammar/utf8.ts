/** Characters as the bytes that write them. */
import type { CodePoints } from "./code-points.js";
import { byte, choice, type Expression, sequence } from "./expression.js";

/** The last code point that one, two, three and four bytes write. */
const lastOfLength = [0x7f, 0x7ff, 0xffff, 0x10ffff];

const encoder = new TextEncoder();

/** One character of the set in UTF-8. */
export function utf8(set: CodePoints): Expression {
  const paths: Path[] = [];
  for (const [from, to] of set) {
    let first = from;
    for (const last of lastOfLength) {
      if (first > last || first > to) continue;
      const end = Math.min(to, last);
      paths.push(...between(encode(first), encode(end)));
      first = end + 1;
    }
  }
  return joined(paths);
}

/** One byte after the other, each between two values. */
type Path = readonly (readonly [from: number, to: number])[];

/** Any of the paths; those that begin alike share what they begin with. */
function joined(paths: readonly Path[]): Expression {
  const groups = Map.groupBy(paths, ([first]) => String(first));
  return choice(
    ...Array.from(groups.values(), (group) => {
      const [[from, to]] = group[0] as [[number, number]];
      const rests = group.map((path) => path.slice(1)).filter((rest) => rest.length > 0);
      return rests.length === 0 ? byte(from, to) : sequence(byte(from, to), joined(rests));
    }),
  );
}

function encode(codePoint: number): Uint8Array {
  return encoder.encode(String.fromCodePoint(codePoint));
}

/** The byte strings between two of the same length, where all but the first byte go from 0x80 to 0xbf. */
function between(from: Uint8Array, to: Uint8Array): Path[] {
  const first = from[0] as number;
  const last = to[0] as number;
  if (from.length === 1) return [[[first, last]]];
  const lowRest = from.subarray(1);
  const highRest = to.subarray(1);
  const after = (value: number, rests: readonly Path[]): Path[] => rests.map((rest) => [[value, value], ...rest]);
  if (first === last) return after(first, between(lowRest, highRest));
  const isLow = lowRest.every((value) => value === 0x80);
  const isHigh = highRest.every((value) => value === 0xbf);
  const paths: Path[] = [];
  if (!isLow) paths.push(...after(first, between(lowRest, lowRest.map(() => 0xbf))));
  const middleFrom = isLow ? first : first + 1;
  const middleTo = isHigh ? last : last - 1;
  if (middleFrom <= middleTo) paths.push([[middleFrom, middleTo], ...Array.from(lowRest, () => [0x80, 0xbf] as const)]);
  if (!isHigh) paths.push(...after(last, between(highRest.map(() => 0x80), highRest)));
  return paths;
}
