/** Properties checked against what an element says of them. */
import type { z } from "zod";
import type { ElementDefinition } from "./element.js";
import { jsonPath, valueAt } from "./json/json-path.js";
import { likelyName } from "./likely-name.js";

/** Something wrong with the properties of an element. */
export interface PropertyProblem {
  /** Path of the property, such as `choices[2]`; undefined when they are wrong as a whole. */
  readonly property?: string;
  readonly message: string;
  /** What was probably meant. */
  readonly likely?: string;
}

/** The properties with their defaults, or all that is wrong with them. */
export function parseProperties({ properties: schema }: Pick<ElementDefinition, "properties">, given: unknown): { readonly properties: Record<string, unknown> } | { readonly problems: readonly PropertyProblem[] } {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { problems: [{ message: "expected an object of properties" }] };
  const names = Object.keys(schema.shape);
  const others = schema.def.catchall?._zod.def.type ?? "never";
  const unknown = others === "never" ? Object.keys(given).filter((name) => !names.includes(name)) : [];
  const problems: PropertyProblem[] = unknown.map((name) => {
    const likely = likelyName(name, names);
    const instead = likely === undefined ? (names.length === 0 ? "it has none" : `there are ${names.join(", ")}`) : `did you mean ${likely}?`;
    return { property: name, message: `there is no such property; ${instead}`, ...(likely !== undefined && { likely }) };
  });
  const parsed = schema.safeParse(given);
  if (parsed.success && problems.length === 0) return { properties: parsed.data };
  for (const issue of parsed.error?.issues ?? []) {
    const { path, message, code } = issue;
    if (code === "unrecognized_keys" && path.length === 0) continue;
    const likely = likelyValue(issue, valueAt(given, path));
    problems.push({ ...(path.length > 0 && { property: jsonPath(path) }), message: likely === undefined ? message : `${message}; did you mean ${likely}?`, ...(likely !== undefined && { likely }) });
  }
  return { problems };
}

/** The one of the values that are allowed which was probably meant. */
function likelyValue(issue: z.core.$ZodIssue, given: unknown): string | undefined {
  if (typeof given !== "string") return undefined;
  const allowed = (issue.code === "invalid_union" ? issue.errors.flat() : [issue]).flatMap((inner) => (inner.code === "invalid_value" ? inner.values : []));
  return likelyName(given, allowed.filter((value) => typeof value === "string"));
}
