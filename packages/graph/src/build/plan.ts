/** A pipeline that was checked: elements without bins, in the order in which values pass them. */
import type { ElementUse } from "../description.js";
import type { ElementDefinition } from "../element.js";

/** An element where it is used. */
export interface PlanNode {
  /** With those of the bins it is in: `bin/element`. */
  readonly name: string;
  readonly definition: ElementDefinition;
  readonly use: ElementUse;
  /** The pads that are linked or free, in the order of the links. */
  readonly pads: { readonly in: readonly string[]; readonly out: readonly string[] };
}

export interface Port {
  readonly node: PlanNode;
  readonly pad: string;
}

export interface PlanLink {
  readonly from: Port;
  readonly to: Port;
}

export interface Plan {
  /** Each after those whose values it takes. */
  readonly nodes: readonly PlanNode[];
  readonly links: readonly PlanLink[];
  readonly input: Port | undefined;
  readonly output: Port | undefined;
  /** What is between the pads `body` and `back` of those that are loops. */
  readonly bodies: ReadonlyMap<PlanNode, Plan>;
}

/** The port as it is written. */
export function portName({ node, pad }: Port): string {
  return `${node.name}.${pad}`;
}
