/** Versions and ranges of them, after Semantic Versioning 2.0 (semver.org). */
import { StageError } from "@iftk/core";

/** A version, taken apart. */
export interface Version {
  readonly text: string;
  readonly numbers: readonly [number, number, number];
  /** Identifiers of a version before its release; none for a release. */
  readonly before: readonly string[];
}

const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const exact = new RegExp(`^(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9})(?:-(${identifiers}))?(?:\\+${identifiers})?$`);
const partial = /^([~^]?)(\d{1,9})(?:\.(\d{1,9}|[x*]))?(?:\.(\d{1,9}|[x*]))?$/;

/** @throws StageError `invalid_argument` for what is no version such as 1.2.3 or 1.0.0-beta.1. */
export function parseVersion(text: string): Version {
  const [, major, minor, patch, before] = exact.exec(text) ?? [];
  if (patch === undefined) throw new StageError("invalid_argument", `registry: ${JSON.stringify(text)} is no version; write one like 1.2.3`);
  return { text, numbers: [Number(major), Number(minor), Number(patch)], before: before?.split(".") ?? [] };
}

/** Negative when the first is older, positive when it is newer (section 11). */
export function compareVersions(one: Version, other: Version): number {
  for (const index of [0, 1, 2] as const) {
    const difference = one.numbers[index] - other.numbers[index];
    if (difference !== 0) return difference;
  }
  if (one.before.length === 0 || other.before.length === 0) return other.before.length - one.before.length;
  for (const [index, mine] of one.before.entries()) {
    const theirs = other.before[index];
    if (theirs === undefined) return 1;
    if (mine === theirs) continue;
    const [isNumber, isNumberToo] = [/^\d+$/.test(mine), /^\d+$/.test(theirs)];
    if (isNumber && isNumberToo) return Number(mine) - Number(theirs);
    if (isNumber !== isNumberToo) return isNumber ? -1 : 1;
    return mine < theirs ? -1 : 1;
  }
  return one.before.length - other.before.length;
}

/**
 * Whether a range takes a version: an exact one, `1` and `1.2` and `1.2.x`, `^1.2.3`, `~1.2.3`, `*` and `latest`. Versions before their release are taken by their exact name only.
 *
 * @throws StageError `invalid_argument` for what is no such range.
 */
export function rangeOf(text: string): (version: Version) => boolean {
  if (text === "latest" || text === "*" || text === "") return ({ before }) => before.length === 0;
  const [, sign, ...parts] = partial.exec(text) ?? [];
  const isExact = sign === undefined || (sign === "" && exact.test(text));
  if (isExact) {
    if (!exact.test(text)) throw new StageError("invalid_argument", `registry: ${JSON.stringify(text)} is no version or range; write one like 1.2.3, ^1.2, ~1.2.3, 1.x or latest`);
    const wanted = parseVersion(text);
    return (version) => compareVersions(version, wanted) === 0;
  }
  const open = parts.findIndex((part) => part === undefined || part === "x" || part === "*");
  const numbers = (open < 0 ? parts : parts.slice(0, open)).map(Number);
  // How many of the leading numbers have to be the same: with ^ up to the first that is not 0, with ~ the first two.
  const leading = numbers.findIndex((number) => number > 0) + 1 || numbers.length;
  const fixed = Math.min(numbers.length, sign === "^" ? leading : sign === "~" ? 2 : 3);
  const least: Version = { text, numbers: [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0], before: [] };
  return (version) => version.before.length === 0 && numbers.slice(0, fixed).every((number, index) => version.numbers[index] === number) && compareVersions(version, least) >= 0;
}
