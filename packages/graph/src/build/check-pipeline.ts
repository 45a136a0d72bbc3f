/** What is wrong with a written pipeline, all at once. */
import type { Caps } from "../caps.js";
import type { Graph, PipelineDescription } from "../description.js";
import { unboundedProblem } from "../json/bounded-json.js";
import { parseShape } from "../json/shape-problems.js";
import { deepestNesting, mostElements } from "../launch/launch-limits.js";
import type { Registry } from "../registry.js";
import { checkCaps, declared, Flows, withInsertions } from "./check-caps.js";
import { flowWarnings } from "./check-flow.js";
import { Layout } from "./layout.js";
import { planOf } from "./plan-of.js";
import type { Plan } from "./plan.js";
import type { PipelineProblem } from "./problem.js";

/** A pipeline without problems. */
export interface CheckedPipeline {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly warnings: readonly PipelineProblem[];
  readonly input: Caps | undefined;
  readonly output: Caps | undefined;
}

/** All that keeps the pipeline from being built of these elements; nothing is run. */
export function checkPipeline(description: PipelineDescription, registry: Registry): readonly PipelineProblem[] {
  const checked = checkedPipeline(description, registry);
  return "plan" in checked ? [] : checked;
}

/** The pipeline as it can be built, or what is wrong with it. */
export function checkedPipeline(description: PipelineDescription, registry: Registry): CheckedPipeline | readonly PipelineProblem[] {
  const misshapen = shapeProblems(description);
  if (misshapen.length > 0) return misshapen;
  const layout = new Layout(description, registry);
  const isKnown = layout.problems.length === 0;
  const insertions = checkCaps(layout, registry);
  const plan = planOf(layout, isKnown);
  const flows = new Flows(layout);
  if ("nodes" in plan) {
    if (layout.problems.length > 0) return layout.problems;
    const [input, output] = [layout.free("in")[0], layout.free("out")[0]];
    const written = insertions.length === 0 ? description : { ...description, ...withInsertions(description, insertions) };
    return { plan, description: written, warnings: flowWarnings(layout), input: input && declared(input, "in"), output: output && flows.from(output) };
  }
  return [...layout.problems, ...plan];
}

function shapeProblems(description: PipelineDescription): readonly PipelineProblem[] {
  const unbounded = unboundedProblem(description);
  if (unbounded) return [unbounded];
  const parsed = parseShape(description);
  if ("problems" in parsed) return parsed.problems;
  const size = sizeOf(description);
  const wrong = size === 0 ? "there are no elements" : size === Infinity ? `bins are nested deeper than ${deepestNesting}` : size > mostElements ? `there are more than ${mostElements} elements` : undefined;
  return wrong === undefined ? [] : [{ place: "", message: wrong }];
}

/** How many elements and bins there are in all; infinitely many where bins are nested too deep. */
function sizeOf({ elements }: Graph, depth = 0): number {
  return depth > deepestNesting ? Infinity : elements.reduce((size, use) => size + 1 + ("bin" in use ? sizeOf(use.bin, depth + 1) : 0), 0);
}
