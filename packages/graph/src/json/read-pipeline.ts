/** Reads the JSON form. */
import { StageError } from "@iftk/core";
import { parseCaps } from "../build/parse-caps.js";
import type { PipelineProblem } from "../build/problem.js";
import { formatCaps } from "../caps.js";
import type { BinUse, ElementUse, Graph, Link, PipelineDescription, PropertyValue } from "../description.js";
import { longestLaunch } from "../launch/launch-limits.js";
import { printLaunch } from "../launch/print-launch.js";
import { unboundedProblem } from "./bounded-json.js";
import { migrate } from "./migrate.js";
import { nameProblems } from "./name-problems.js";
import { parseShape } from "./shape-problems.js";

const mostListed = 10;

/**
 * Reads a pipeline in its JSON form, of any known version: a copy in the newest, in which properties that are empty are left out, and `$schema`,
 * and caps stand as `formatCaps` writes them.
 *
 * What it gives can be written as a launch line. Whether the elements exist and go together is checked when it is built.
 *
 * @throws StageError `invalid_argument` (reason `pipeline`) with the place of all that is wrong.
 */
export function readPipeline(json: unknown): PipelineDescription {
  const unbounded = unboundedProblem(json);
  if (unbounded) throw errorOf([unbounded]);
  const { $schema: _, ...written } = migrate(json);
  const parsed = parseShape(written);
  if ("problems" in parsed) throw errorOf(parsed.problems);
  const problems: PipelineProblem[] = [];
  for (const problem of nameProblems(parsed.pipeline)) if (problems.push(problem) > mostListed) break;
  if (problems.length > 0) throw errorOf(problems);
  const pipeline = { ...parsed.pipeline, ...plainGraph(parsed.pipeline) };
  if (printLaunch(pipeline).length > longestLaunch) throw errorOf([{ place: "", message: `it is longer than ${longestLaunch} characters as a launch line` }]);
  return pipeline;
}

/** The graph with everything in the one form in which it is held. */
function plainGraph({ elements, links }: Graph): Graph {
  return { elements: elements.map(plainUse), links: links.map(plainLink) };
}

function plainUse(use: ElementUse | BinUse): ElementUse | BinUse {
  if ("bin" in use) return { name: use.name, bin: plainGraph(use.bin) };
  const { properties = {}, ...rest } = use;
  return Object.keys(properties).length === 0 ? rest : { ...rest, properties: plainValue(properties) as typeof properties };
}

function plainLink(link: Link): Link {
  const caps = link.caps === undefined ? undefined : parseCaps(link.caps);
  return caps && "type" in caps ? { ...link, caps: formatCaps(caps) } : link;
}

/** The value without -0, which JSON text does not keep. */
function plainValue(value: PropertyValue): PropertyValue {
  if (typeof value === "number") return value + 0;
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map(plainValue) : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
}

function errorOf(problems: readonly PipelineProblem[]): StageError {
  const told = problems.slice(0, mostListed).map(({ place, message }) => (place === "" ? message : `${place}: ${message}`));
  const listed = problems.length > mostListed ? [...told, "and more"] : told;
  return new StageError("invalid_argument", problems.length === 1 ? `pipeline: ${listed.join("")}` : ["pipeline:", ...listed].join("\n  "), { reason: "pipeline" });
}
