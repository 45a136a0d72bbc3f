/** JSON that is small and plain enough to be looked at. */
import type { PipelineProblem } from "../build/problem.js";
import { deepestNesting, longestLaunch } from "../launch/launch-limits.js";
import { jsonPath } from "./json-path.js";

/** Objects and arrays in each other: bins, of three each, and in the innermost a property. */
const deepest = 3 * (deepestNesting + 1) + deepestNesting + 2;

/** Gives what makes JSON too large or too deep to be a pipeline, or the first key that is a name which all objects have; undefined when there is nothing. */
export function unboundedProblem(json: unknown): PipelineProblem | undefined {
  let left = longestLaunch;
  const problemAt = (value: unknown, path: readonly PropertyKey[]): PipelineProblem | undefined => {
    if (--left < 0) return { place: "", message: "it has more values than fit into a pipeline" };
    if (typeof value !== "object" || value === null) return undefined;
    if (path.length > deepest) return { place: jsonPath(path.slice(0, 4)), message: `it is nested deeper than bins and values may be, ${deepestNesting}` };
    const isArray = Array.isArray(value);
    for (const key of Object.keys(value)) {
      if (!isArray && key in {}) return { place: jsonPath([...path, key]), message: "this name cannot be used" };
      const problem = problemAt((value as Readonly<Record<string, unknown>>)[key], [...path, isArray ? Number(key) : key]);
      if (problem) return problem;
    }
    return undefined;
  };
  return problemAt(json, []);
}
