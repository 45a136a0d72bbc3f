/** The classes of characters that have a name in regular expressions of JavaScript. */
import { type CodePoints, codePoints, complement } from "./code-points.js";

/** What a letter after a backslash stands for. */
export const characterEscapes: ReadonlyMap<string, number> = new Map([
  ["0", 0],
  ["t", 9],
  ["n", 10],
  ["v", 11],
  ["f", 12],
  ["r", 13],
]);

export const digits: CodePoints = codePoints([[48, 57]]);

const wordCharacters = codePoints([[48, 57], [65, 90], [95, 95], [97, 122]]);

const known = new Map<string, CodePoints>([
  ["d", digits],
  ["D", complement(digits)],
  ["w", wordCharacters],
  ["W", complement(wordCharacters)],
]);

/**
 * The class that an escape names, `d` or `p{Letter}`, or nothing when it names a character.
 *
 * @param index where the escape stands, after its backslash
 * @param goOn is called with the index after the escape
 */
export function classEscape(characters: readonly string[], index: number, goOn: (index: number) => void): CodePoints | undefined {
  const letter = characters[index] as string;
  if (!/[dDwWsSpP]/.test(letter)) return undefined;
  const end = /[pP]/.test(letter) ? characters.indexOf("}", index) + 1 : index + 1;
  goOn(end);
  const name = characters.slice(index, end).join("");
  let set = known.get(name);
  if (set === undefined) {
    set = matchesOf(new RegExp(`\\${name}`, "u"));
    if (known.size < 64) known.set(name, set);
  }
  return set;
}

/** Every character that a pattern for one character matches: the engine's own Unicode tables. */
function matchesOf(pattern: RegExp): CodePoints {
  const ranges: [number, number][] = [];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
    if (codePoint === 0xd800) codePoint = 0xe000;
    if (!pattern.test(String.fromCodePoint(codePoint))) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === codePoint - 1) last[1] = codePoint;
    else ranges.push([codePoint, codePoint]);
  }
  return codePoints(ranges);
}
