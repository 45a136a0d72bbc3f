/** What is wrong with the shape of a pipeline, in words. */
import type { z } from "zod";
import type { PipelineProblem } from "../build/problem.js";
import { pipelineDescription, type PipelineDescription } from "../description.js";
import { likelyName } from "../likely-name.js";
import { jsonPath, valueAt } from "./json-path.js";

type Path = readonly PropertyKey[];

/** Keys of one object that are told, at most. */
const mostKeys = 20;

/** Gives the pipeline that the JSON is, or all that is wrong with its shape, each with its place. */
export function parseShape(json: unknown): { readonly pipeline: PipelineDescription } | { readonly problems: readonly PipelineProblem[] } {
  const parsed = pipelineDescription.safeParse(json);
  return parsed.success ? { pipeline: parsed.data } : { problems: parsed.error.issues.flatMap((issue) => problemsOf(json, [], issue)) };
}

function problemsOf(json: unknown, base: Path, issue: z.core.$ZodIssue): readonly PipelineProblem[] {
  const path = [...base, ...issue.path];
  const value = valueAt(json, path);
  if (issue.code === "invalid_union" && !path.includes("properties")) {
    // The first of the two is a use of an element, the second a bin.
    return (issue.errors[isBin(value) ? 1 : 0] ?? []).flatMap((inner) => problemsOf(json, path, inner));
  }
  if (issue.code === "unrecognized_keys") {
    const keys = keysAt(path, value);
    return issue.keys.slice(0, mostKeys).map((key) => ({ place: jsonPath([...path, key]), message: `there is no such key; ${expectedKey(key, keys)}` }));
  }
  return [{ place: jsonPath(path), message: problemOf(issue, value) }];
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "invalid_union") return "expected a JSON value";
  if (issue.code === "invalid_type") return `${value === undefined ? "this is missing; " : ""}expected ${withArticle(issue.expected)}`;
  if (issue.code === "too_big") return `expected at most ${issue.maximum} ${issue.origin === "string" ? "characters" : "of them"}`;
  return issue.code === "invalid_key" ? issue.issues.map(({ message }) => message).join("; ") : issue.message;
}

function expectedKey(key: string, keys: readonly string[]): string {
  const likely = likelyName(key, keys);
  return likely === undefined ? `expected ${keys.join(", ")}` : `did you mean ${JSON.stringify(likely)}?`;
}

function isBin(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "bin");
}

/** Keys of the object at a place, by the key that it stands under. */
function keysAt(path: Path, value: unknown): readonly string[] {
  switch (path.findLast((part) => typeof part === "string")) {
    case undefined:
      return ["version", "description", "elements", "links"];
    case "elements":
      return isBin(value) ? ["name", "bin"] : ["name", "element", "properties"];
    case "bin":
      return ["elements", "links"];
    case "links":
      return ["from", "to", "caps"];
    default:
      return ["element", "pad"];
  }
}

function withArticle(type: string): string {
  const name = { record: "object", string: "text" }[type] ?? type;
  return /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`;
}
