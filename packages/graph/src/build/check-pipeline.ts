/** What is wrong with a written pipeline, all at once. */
import { pipelineDescription, type Graph, type PipelineDescription } from "../description.js";
import type { Caps } from "../caps.js";
import type { Registry } from "../registry.js";
import { checkCaps, declared, Flows, withInsertions } from "./check-caps.js";
import { Layout } from "./layout.js";
import { planOf } from "./plan-of.js";
import type { Plan } from "./plan.js";
import type { PipelineProblem } from "./problem.js";

/** A pipeline without problems. */
export interface CheckedPipeline {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly input: Caps | undefined;
  readonly output: Caps | undefined;
}

/** All that keeps the pipeline from being built of these elements; nothing is run. */
export function checkPipeline(description: PipelineDescription, registry: Registry): readonly PipelineProblem[] {
  const checked = checkedPipeline(description, registry);
  return "plan" in checked ? [] : checked;
}

const mostElements = 1000;
const deepest = 32;

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
    return { plan, description: written, input: input && declared(input, "in"), output: output && flows.from(output) };
  }
  return [...layout.problems, ...plan];
}

function shapeProblems(description: PipelineDescription): readonly PipelineProblem[] {
  const size = sizeOf(description);
  if (typeof size === "string") return [{ place: "", message: size }];
  const { error } = pipelineDescription.safeParse(description);
  return (error?.issues ?? []).map(({ path, message }) => ({ place: path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`)).join(""), message }));
}

/** How many elements there are in all bins, or what is too much. */
function sizeOf(graph: Graph): number | string {
  let size = 0;
  let level: readonly Graph[] = [graph];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return `bins are within bins more than ${deepest} deep`;
    const elements = level.flatMap((one): Graph["elements"] => (Array.isArray(one?.elements) ? (one.elements as Graph["elements"]) : []));
    size += elements.length;
    if (size > mostElements) return `there are more than ${mostElements} elements`;
    level = elements.flatMap((use) => (typeof use === "object" && use !== null && "bin" in use ? [use.bin] : []));
  }
  return size === 0 ? "there are no elements" : size;
}
