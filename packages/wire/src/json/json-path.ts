/** Patterns of paths into a JSON value. */
import { StageError } from "@iftk/core";

/** The keys and indices that lead to a value from the root. */
export type JsonPath = readonly (string | number)[];

/** A step of a pattern: a key, an index, any index, or anything. */
type Step = { readonly is: string | number } | { readonly any: "index" | "step" };

/** Whether a path fits. */
export type JsonPathTest = (path: JsonPath, length: number) => boolean;

const stepSyntax = /\[(\d*)\]|\[("(?:[^"\\]|\\.)*")\]|(?:^|\.)([^.[\]"]+)/suy;

/**
 * The test for a pattern such as `items[].name`: keys with a dot between them, `[]` for any element, `[0]` for one,
 * `["a.key"]` for a key of any characters, `*` for any member or element; the empty pattern is the root.
 *
 * @throws StageError `invalid_argument` when the pattern is none.
 */
export function jsonPathTest(pattern: string): JsonPathTest {
  const steps: Step[] = [];
  stepSyntax.lastIndex = 0;
  for (let at = 0; at < pattern.length; at = stepSyntax.lastIndex) {
    const [found, index, key, name] = stepSyntax.exec(pattern) ?? [];
    if (found === undefined) throw new StageError("invalid_argument", `the path ${JSON.stringify(pattern)} is not understood at position ${at}; write it like items[].name, items[0] or ["any key"]`);
    if (index !== undefined) steps.push(index === "" ? { any: "index" } : { is: Number(index) });
    else if (name === "*") steps.push({ any: "step" });
    else steps.push({ is: name ?? keyIn(key as string, pattern) });
  }
  return (path, length) => length === steps.length && steps.every((step, at) => fits(step, path[at] as string | number));
}

function keyIn(quoted: string, pattern: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch (cause) {
    throw new StageError("invalid_argument", `the path ${JSON.stringify(pattern)} has a key that is no JSON string`, { cause });
  }
}

function fits(step: Step, key: string | number): boolean {
  return "is" in step ? step.is === key : step.any === "step" || typeof key === "number";
}
