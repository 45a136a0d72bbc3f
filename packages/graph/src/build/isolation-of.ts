/** Which branches of a plan fail alone. */
import type { Instances } from "./instance.js";
import type { Plan, PlanNode } from "./plan.js";

/** Tells of sinks, and of the output as undefined, whether a split before them isolates its branches. */
export function isolationOf(plan: Plan, instances: Instances): (sink: PlanNode | undefined) => boolean {
  const isolated = new Set<PlanNode>();
  for (const node of plan.nodes) {
    const before = plan.links.filter(({ to }) => to.node === node).map(({ from }) => from.node);
    if (before.some((one) => isolated.has(one) || isolates(one, instances))) isolated.add(node);
  }
  const { output } = plan;
  const isOutput = output !== undefined && (isolated.has(output.node) || isolates(output.node, instances));
  return (sink) => (sink ? isolated.has(sink) : isOutput);
}

function isolates(node: PlanNode, instances: Instances): boolean {
  const { definition } = node;
  const properties = instances.get(node)?.properties;
  return definition.kind === "split" && properties !== undefined && (definition.isolates?.(properties) ?? false);
}
