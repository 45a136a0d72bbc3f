/** What the shape of a pipeline does not tell of its names and links. */
import { parseCaps } from "../build/parse-caps.js";
import type { PipelineProblem } from "../build/problem.js";
import type { Graph, PropertyValue } from "../description.js";
import { deepestNesting } from "../launch/launch-limits.js";
import { likelyName } from "../likely-name.js";
import { jsonPath } from "./json-path.js";

/** Gives names that are used twice, links to what is not there, caps that cannot be read, and what is nested too deep: each with its place. */
export function* nameProblems(graph: Graph, path: readonly PropertyKey[] = [], depth = 0): Generator<PipelineProblem> {
  if (depth > deepestNesting) yield { place: jsonPath(path), message: `bins are nested deeper than ${deepestNesting}` };
  else {
    yield* elementProblems(graph, path, depth);
    yield* linkProblems(graph, path);
  }
}

function* elementProblems({ elements }: Graph, path: readonly PropertyKey[], depth: number): Generator<PipelineProblem> {
  const places = new Map<string, number>();
  for (const [index, use] of elements.entries()) {
    const place = [...path, "elements", index];
    const first = places.get(use.name);
    if (first === undefined) places.set(use.name, index);
    else yield { place: jsonPath([...place, "name"]), message: `${JSON.stringify(use.name)} is the name of elements[${first}] too` };
    if ("bin" in use) yield* nameProblems(use.bin, [...place, "bin"], depth + 1);
    else yield* propertyProblems(use.properties ?? {}, [...place, "properties"]);
  }
}

function* propertyProblems(properties: Readonly<Record<string, PropertyValue>>, path: readonly PropertyKey[]): Generator<PipelineProblem> {
  for (const [key, value] of Object.entries(properties)) {
    if (key === "name") yield { place: jsonPath([...path, key]), message: "no property is called name; the name of an element stands beside its properties" };
    if (depthOf(value) > deepestNesting) yield { place: jsonPath([...path, key]), message: `arrays and objects are nested deeper than ${deepestNesting}` };
  }
}

function* linkProblems({ elements, links }: Graph, path: readonly PropertyKey[]): Generator<PipelineProblem> {
  const names = new Set(elements.map(({ name }) => name));
  for (const [index, link] of links.entries()) {
    const place = [...path, "links", index];
    for (const end of ["from", "to"] as const) {
      const { element } = link[end];
      if (names.has(element)) continue;
      const likely = likelyName(element, names);
      yield { place: jsonPath([...place, end, "element"]), message: `no element is named ${JSON.stringify(element)}${likely === undefined ? "" : `; did you mean ${JSON.stringify(likely)}?`}` };
    }
    const caps = link.caps === undefined ? undefined : parseCaps(link.caps);
    if (caps && "message" in caps) yield { place: jsonPath([...place, "caps"]), message: caps.message };
  }
}

function depthOf(value: PropertyValue): number {
  return typeof value === "object" && value !== null ? 1 + Object.values(value as Readonly<Record<string, PropertyValue>>).reduce<number>((most, inner) => Math.max(most, depthOf(inner)), 0) : 0;
}
