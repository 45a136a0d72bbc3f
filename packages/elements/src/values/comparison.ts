/** Comparisons that are written down. */
import { z } from "zod";
import { path, pathOf } from "./path.js";

/** Properties that say which values are meant. */
export const comparisonProperties = {
  path: path.default("$").describe("What of the value is compared, such as choices[0].score; $ is the value itself."),
  is: z
    .enum(["present", "missing", "equal", "different", "less", "at-most", "more", "at-least", "containing", "starting", "ending"])
    .default("present")
    .describe("The comparison. Order holds between two numbers or two texts; containing looks in a text or a list, starting and ending in a text."),
  value: z.json().default(null).describe("What it is compared with."),
};

/** Whether the comparison holds for a value. */
export function comparisonOf({ path, is, value }: z.output<z.ZodObject<typeof comparisonProperties>>): (whole: unknown) => boolean {
  const find = pathOf(path);
  const holds: Comparison = comparisons[is];
  return (whole) => holds(find(whole), value);
}

type Comparison = (found: unknown, value: unknown) => boolean;

/** A comparison that holds only between two numbers or two texts. */
const ordered = (holds: (found: number | string, value: number | string) => boolean): Comparison => (found, value) =>
  (typeof found === "number" && typeof value === "number") || (typeof found === "string" && typeof value === "string") ? holds(found, value) : false;

/** A comparison that holds only between two texts. */
const between = (holds: (found: string, value: string) => boolean): Comparison => (found, value) => typeof found === "string" && typeof value === "string" && holds(found, value);

const isMissing = (found: unknown): boolean => found === undefined || found === null;
const contains = between((found, value) => found.includes(value));

const comparisons = {
  present: (found) => !isMissing(found),
  missing: isMissing,
  equal: (found, value) => isEqual(found, value),
  different: (found, value) => !isEqual(found, value),
  less: ordered((found, value) => found < value),
  "at-most": ordered((found, value) => found <= value),
  more: ordered((found, value) => found > value),
  "at-least": ordered((found, value) => found >= value),
  containing: (found, value) => (Array.isArray(found) ? found.some((one) => isEqual(one, value)) : contains(found, value)),
  starting: between((found, value) => found.startsWith(value)),
  ending: between((found, value) => found.endsWith(value)),
} satisfies Record<string, Comparison>;

/** Whether two JSON values are the same, the order of keys aside. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other || Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && isEqual((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]));
}
