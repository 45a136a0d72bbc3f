/** From elements and links to a plan: loops with their bodies apart, everything else in order. */
import type { Layout, LaidLink, LaidNode, LaidPort } from "./layout.js";
import type { Plan, PlanLink, PlanNode, Port } from "./plan.js";
import type { PipelineProblem } from "./problem.js";

/** The plan of a layout, or what is wrong with how it is linked; where links could not be made, what is free says nothing. */
export function planOf(layout: Layout, isWhole: boolean): Plan | readonly PipelineProblem[] {
  const problems: PipelineProblem[] = [];
  const tell = ({ place, name }: LaidNode, message: string): void => void problems.push({ place, element: name, message });
  const [inputs, outputs] = [layout.free("in"), layout.free("out")];
  for (const [free, what, help] of [[inputs, "input", "link all but one of them"], [outputs, "output", "link all but one of them, or end the others in a sink"]] as const) {
    const names = free.map(({ node, pad }) => `${node.name}.${pad}`).join(", ");
    if (free.length > 1 && isWhole) for (const { node } of free.slice(1)) tell(node, `more than one ${what} is free: ${names}; ${help}`);
  }
  const planned = new Map<LaidNode, PlanNode>();
  const nodeOf = (node: LaidNode): PlanNode => {
    let found = planned.get(node);
    if (!found && node.definition) {
      const pads = (side: "in" | "out"): readonly string[] => [...node.pads[side], ...(side === "in" ? inputs : outputs).flatMap((port) => (port.node === node ? [port.pad] : []))];
      found = { name: node.name, definition: node.definition, use: node.use, pads: { in: pads("in"), out: pads("out") } };
      planned.set(node, found);
    }
    return found as PlanNode;
  };
  const portOf = (port: LaidPort): Port => ({ node: nodeOf(port.node), pad: port.pad });

  function arrange(nodes: readonly LaidNode[], links: readonly LaidLink[], input: LaidPort | undefined, output: LaidPort | undefined): Plan {
    const bodies = new Map<PlanNode, Plan>();
    const within = new Set<LaidNode>();
    const found = nodes.flatMap((node) => (node.definition?.kind === "loop" ? [{ node, inside: bodyOf(node, links) }] : []));
    for (const { node, inside } of found) {
      if (found.some((other) => other.inside.has(node))) continue; // it is arranged with the loop that it is in
      const [first, last] = [links.find((link) => isAt(link.from, node, "out", 1)), links.find((link) => isAt(link.to, node, "in", 1))];
      if (!first || !last) {
        if (isWhole) tell(node, `${node.name} is a loop: link its pads ${bodyPads(node).join(" and ")} to what is to be run again`);
        continue;
      }
      const strangers = links.some((link) => (inside.has(link.from.node) && link.to.node === node && link !== last) || (inside.has(link.to.node) && link.from.node === node && link !== first));
      const open = [input, output].some((port) => port && inside.has(port.node));
      if (inside.size === 0 || !inside.has(last.from.node) || inside.has(node) || strangers || open) {
        tell(node, `what is between ${bodyPads(node).join(" and ")} has to go from the one to the other, and be linked to nothing else`);
        continue;
      }
      const inner = links.filter((link) => inside.has(link.from.node) && inside.has(link.to.node));
      for (const one of inside) within.add(one);
      bodies.set(nodeOf(node), arrange([...inside], inner, first.to, last.from));
    }
    const rest = nodes.filter((node) => !within.has(node));
    const outer = links.filter((link) => !within.has(link.from.node) && !within.has(link.to.node));
    const { order, round } = inOrder(rest, outer);
    const [first] = round;
    if (first && bodies.size === found.filter(({ node }) => !within.has(node)).length) tell(first, `${round.map(({ name }) => name).join(", ")} are linked in a circle; only a loop may be linked back into, at its pad back`);
    const planLinks: readonly PlanLink[] = outer.map((link) => ({ from: portOf(link.from), to: portOf(link.to) }));
    return { nodes: order.map(nodeOf), links: planLinks, input: input && portOf(input), output: output && portOf(output), bodies };
  }

  const plan = arrange(layout.nodes, layout.links, inputs[0], outputs[0]);
  return problems.length > 0 ? problems : plan;
}

function bodyPads(node: LaidNode): readonly [string, string] {
  const { definition } = node;
  return definition?.kind === "loop" ? [`${node.name}.${definition.out[1].name}`, `${node.name}.${definition.in[1].name}`] : ["", ""];
}

function isAt({ node, pad }: LaidPort, loop: LaidNode, side: "in" | "out", index: 0 | 1): boolean {
  return node === loop && loop.definition?.kind === "loop" && pad === loop.definition[side][index].name;
}

/** What is linked, in either direction, to what the loop gives its body. */
function bodyOf(loop: LaidNode, links: readonly LaidLink[]): ReadonlySet<LaidNode> {
  const neighbours = new Map<LaidNode, LaidNode[]>();
  for (const { from, to } of links) {
    if (from.node === loop || to.node === loop) continue;
    for (const [one, other] of [[from.node, to.node], [to.node, from.node]] as const) neighbours.set(one, [...(neighbours.get(one) ?? []), other]);
  }
  const inside = new Set<LaidNode>();
  const waiting = links.flatMap((link) => (isAt(link.from, loop, "out", 1) ? [link.to.node] : []));
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (inside.has(node)) continue;
    inside.add(node);
    waiting.push(...(neighbours.get(node) ?? []));
  }
  return inside;
}

/** The elements, each after those before it; those that can never come are in, or behind, a circle. */
function inOrder(nodes: readonly LaidNode[], links: readonly LaidLink[]): { readonly order: readonly LaidNode[]; readonly round: readonly LaidNode[] } {
  const waits = new Map(nodes.map((node) => [node, 0]));
  const after = new Map<LaidNode, LaidNode[]>(nodes.map((node) => [node, []]));
  for (const { from, to } of links) {
    waits.set(to.node, (waits.get(to.node) ?? 0) + 1);
    after.get(from.node)?.push(to.node);
  }
  const order = nodes.filter((node) => waits.get(node) === 0);
  for (const node of order) {
    for (const next of after.get(node) ?? []) {
      const left = (waits.get(next) ?? 0) - 1;
      waits.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  return { order, round: nodes.filter((node) => (waits.get(node) ?? 0) > 0) };
}
