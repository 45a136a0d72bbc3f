/** Reads the JSON form. */
import { StageError } from "@iftk/core";
import type { BinUse, ElementUse, Graph, PipelineDescription } from "../description.js";
import { longestLaunch } from "../launch/launch-limits.js";
import { printLaunch } from "../launch/print-launch.js";
import { unboundedProblem } from "./bounded-json.js";
import { migrate } from "./migrate.js";
import { nameProblems } from "./name-problems.js";
import { parseShape } from "./shape-problems.js";

const mostListed = 10;

/**
 * Reads a pipeline in its JSON form, of any known version: a copy in the newest, in which properties that are empty are left out.
 *
 * What it gives can be written as a launch line. Whether the elements exist and go together is checked when it is built.
 *
 * @throws StageError `invalid_argument` (reason `pipeline`) with the place of all that is wrong.
 */
export function readPipeline(json: unknown): PipelineDescription {
  const unbounded = unboundedProblem(json);
  if (unbounded !== undefined) refuse([unbounded]);
  const parsed = parseShape(migrate(json));
  if (!("version" in parsed)) return refuse(parsed);
  const problems = nameProblems(parsed);
  if (problems.length > 0) refuse(problems);
  const pipeline = { ...parsed, ...withoutEmptyProperties(parsed) };
  if (printLaunch(pipeline).length > longestLaunch) refuse([`it is longer than ${longestLaunch} characters as a launch line`]);
  return pipeline;
}

function withoutEmptyProperties({ elements, links }: Graph): Graph {
  return { elements: elements.map(withoutEmpty), links };
}

function withoutEmpty(use: ElementUse | BinUse): ElementUse | BinUse {
  if ("bin" in use) return { ...use, bin: withoutEmptyProperties(use.bin) };
  const { properties, ...rest } = use;
  return properties === undefined || Object.keys(properties).length === 0 ? rest : use;
}

function refuse(problems: readonly string[]): never {
  const listed = problems.slice(0, mostListed);
  const others = problems.length > mostListed ? [`and ${problems.length - mostListed} more`] : [];
  const [only = ""] = listed;
  throw new StageError("invalid_argument", problems.length === 1 ? `pipeline: ${only}` : ["pipeline:", ...listed, ...others].join("\n  "), { reason: "pipeline" });
}
