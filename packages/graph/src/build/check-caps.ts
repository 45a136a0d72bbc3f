/** Whether what flows over each link is what the next element takes; conversions are put in where one fits. */
import { caps as known, commonCaps, formatCaps, type Caps } from "../caps.js";
import type { ElementUse, Graph, Link, PropertyValue } from "../description.js";
import { padCaps } from "../draw/pad-caps.js";
import type { ElementDefinition, TransformDefinition } from "../element.js";
import type { Registry } from "../registry.js";
import { parseProperties } from "../parse-properties.js";
import type { LaidLink, LaidNode, LaidPort, Layout } from "./layout.js";

type Conversion = Pick<TransformDefinition<never>, "in" | "out"> & ElementDefinition;

/** A conversion that was put into a link of a graph. */
export interface Insertion {
  readonly graph: Graph;
  readonly index: number;
  readonly use: ElementUse;
}

/** Checks the caps of all links, notes those that do not fit, and puts in conversions: they are then in the layout. */
export function checkCaps(layout: Layout, registry: Registry): readonly Insertion[] {
  const flows = new Flows(layout);
  const conversions = registry.elements().flatMap(({ definition }) => (definition.kind === "transform" && definition.isConversion ? [definition as Conversion] : []));
  const insertions: Insertion[] = [];
  for (const link of layout.links.slice()) {
    const { from, to, filter = known.any, place } = link;
    const takes = declared(to, "in");
    const gives = flows.from(from);
    if (!takes || !gives) continue;
    const tell = (message: string): void => void layout.problems.push({ place, element: to.node.name, message });
    const wanted = commonCaps(takes, filter);
    if (!wanted) {
      tell(`${to.node.name} takes ${formatCaps(takes)}, and the caps of the link let only ${formatCaps(filter)} pass`);
      continue;
    }
    if (commonCaps(gives, wanted)) continue;
    const fitting = conversions.flatMap((conversion) => conversionUse(conversion, gives, wanted) ?? []);
    const [only] = fitting;
    if (only && fitting.length === 1) {
      const use = { name: freeName(only.definition.name, link, insertions), ...only.use };
      insertions.push({ graph: link.graph, index: link.index, use });
      layout.insert(link, use, only.definition);
      continue;
    }
    const help = fitting.length === 0 ? "" : `; put one of ${fitting.map(({ definition }) => definition.name).join(", ")} between them`;
    tell(`${from.node.name} gives ${formatCaps(gives)}, and ${to.node.name} takes ${formatCaps(wanted)}${help}`);
  }
  return insertions;
}

/** The caps that the pad has by its definition. */
export function declared({ node, pad }: LaidPort, side: "in" | "out"): Caps | undefined {
  return node.definition && padCaps(node.definition, side, pad);
}

/** What is known of the caps of what elements give: what passes an element that takes and gives anything is what came. */
export class Flows {
  readonly #layout: Layout;
  readonly #known = new Map<LaidNode, Caps>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  from(port: LaidPort): Caps | undefined {
    const own = declared(port, "out");
    const { node } = port;
    if (own?.type !== known.any.type || !node.definition || !["transform", "split", "join"].includes(node.definition.kind)) return own;
    const found = this.#known.get(node);
    if (found) return found;
    this.#known.set(node, known.any); // what goes round is not known
    const sources = this.#layout.links.filter(({ to }) => to.node === node);
    if (sources.some(({ to }) => declared(to, "in")?.type !== known.any.type)) return own;
    const flows = sources.map(({ from, filter = known.any }) => commonCaps(this.from(from) ?? known.any, filter) ?? known.any);
    const [first = known.any] = flows;
    const caps = flows.every((flow) => formatCaps(flow) === formatCaps(first)) ? first : known.any;
    this.#known.set(node, caps);
    return caps;
  }
}

/** The conversion as it has to be used to get from one to the other, if it can. */
function conversionUse(definition: Conversion, gives: Caps, wanted: Caps): { readonly definition: Conversion; readonly use: Omit<ElementUse, "name"> } | undefined {
  if (!commonCaps(gives, definition.in.caps) || !commonCaps(definition.out.caps, wanted)) return undefined;
  const fixed = definition.out.caps.parameters ?? {};
  const properties: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(wanted.parameters ?? {})) {
    if (Object.hasOwn(fixed, name)) continue;
    if (!Object.hasOwn(definition.properties.shape, name)) return undefined;
    properties[name] = value;
  }
  if ("problems" in parseProperties(definition, properties)) return undefined;
  return { definition, use: { element: definition.name, ...(Object.keys(properties).length > 0 && { properties }) } };
}

function freeName(element: string, { graph }: LaidLink, insertions: readonly Insertion[]): string {
  const taken = new Set([...graph.elements, ...insertions.map(({ use }) => use)].map(({ name }) => name));
  for (let index = 0; ; index++) if (!taken.has(`${element}${index}`)) return `${element}${index}`;
}

/** The graph with the conversions in its links; each stands behind the element that it comes after, or where that gives values to several, before the next one: a launch line then has it in its chain. */
export function withInsertions(graph: Graph, insertions: readonly Insertion[]): Graph {
  const own = insertions.filter((insertion) => insertion.graph === graph);
  const outputs = new Map<string, number>();
  for (const { from } of graph.links) outputs.set(from.element, (outputs.get(from.element) ?? 0) + 1);
  const isShared = ({ from }: Link): boolean => (outputs.get(from.element) ?? 0) > 1;
  const uses = (isHere: (link: Link) => boolean): readonly ElementUse[] => own.filter(({ index }) => isHere(graph.links[index] as Link)).map(({ use }) => use);
  const elements = graph.elements.flatMap((use) => [
    ...uses((link) => isShared(link) && link.to.element === use.name),
    "bin" in use ? { name: use.name, bin: withInsertions(use.bin, insertions) } : use,
    ...uses((link) => !isShared(link) && link.from.element === use.name),
  ]);
  const links = graph.links.flatMap((link, index) => {
    const use = own.find((insertion) => insertion.index === index)?.use;
    return use ? [{ from: link.from, to: { element: use.name } }, { ...link, from: { element: use.name } }] : [link];
  });
  return { elements, links };
}
