/** What the shape of a pipeline does not tell of its names and links. */
import type { Graph, PropertyValue } from "../description.js";
import { deepestNesting } from "../launch/launch-limits.js";
import { likelyName } from "../likely-name.js";
import { jsonPath } from "./json-path.js";

/** Gives names that are used twice, links to what is not there, and what is nested too deep: each with its place. */
export function nameProblems(graph: Graph, path: readonly PropertyKey[] = [], depth = 0): readonly string[] {
  if (depth > deepestNesting) return [`${jsonPath(path)}: bins are nested deeper than ${deepestNesting}`];
  return [...elementProblems(graph, path, depth), ...linkProblems(graph, path)];
}

function* elementProblems({ elements }: Graph, path: readonly PropertyKey[], depth: number): Generator<string> {
  const places = new Map<string, number>();
  for (const [index, use] of elements.entries()) {
    const place = [...path, "elements", index];
    const first = places.get(use.name);
    if (first === undefined) places.set(use.name, index);
    else yield `${jsonPath([...place, "name"])}: ${JSON.stringify(use.name)} is the name of elements[${first}] too`;
    if ("bin" in use) yield* nameProblems(use.bin, [...place, "bin"], depth + 1);
    else yield* propertyProblems(use.properties ?? {}, [...place, "properties"]);
  }
}

function* propertyProblems(properties: Readonly<Record<string, PropertyValue>>, path: readonly PropertyKey[]): Generator<string> {
  for (const [key, value] of Object.entries(properties)) {
    if (key === "name") yield `${jsonPath([...path, key])}: no property is called name; the name of an element stands beside its properties`;
    if (depthOf(value) > deepestNesting) yield `${jsonPath([...path, key])}: arrays and objects are nested deeper than ${deepestNesting}`;
  }
}

function* linkProblems({ elements, links }: Graph, path: readonly PropertyKey[]): Generator<string> {
  const names = new Set(elements.map(({ name }) => name));
  for (const [index, link] of links.entries()) {
    for (const end of ["from", "to"] as const) {
      const { element } = link[end];
      if (names.has(element)) continue;
      const likely = likelyName(element, names);
      yield `${jsonPath([...path, "links", index, end, "element"])}: no element is named ${JSON.stringify(element)}${likely === undefined ? "" : `; did you mean ${JSON.stringify(likely)}?`}`;
    }
  }
}

function depthOf(value: PropertyValue): number {
  return typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value as Readonly<Record<string, PropertyValue>>).map(depthOf)) : 0;
}
