/** The elements of a pipeline, created for one use of it. */
import { StageError } from "@iftk/core";
import { createElement } from "../define-element.js";
import type { ElementDefinition, ElementReport, ElementSetting } from "../element.js";
import { parseProperties } from "../parse-properties.js";
import type { Plan, PlanNode } from "./plan.js";

/** An element that was created. */
export interface Instance {
  readonly name: string;
  readonly definition: ElementDefinition;
  /** As they were written, or changed since. */
  readonly given: Record<string, unknown>;
  /** With defaults: the object that the element reads. */
  readonly properties: Record<string, unknown>;
  readonly setting: ElementSetting;
  /** What `create` gave. */
  readonly made: unknown;
}

/** The elements of a pipeline, those at the end first. */
export type Instances = ReadonlyMap<PlanNode, Instance>;

/** Hears what elements report. */
export type Report = (element: string, report: ElementReport) => void;

/** Creates all elements of a plan, those at the end first. */
export function createInstances(plan: Plan, report: Report = () => {}): Map<PlanNode, Instance> {
  return new Map(nodesOf(plan).toReversed().map((node) => [node, createInstance(node.name, node.definition, node.use.properties ?? {}, report)]));
}

/**
 * Creates an element under a name.
 *
 * @throws StageError `invalid_argument` for properties that are not allowed, and what `create` throws.
 */
export function createInstance(name: string, definition: ElementDefinition, given: Readonly<Record<string, unknown>>, report: Report): Instance {
  const parsed = parseProperties(definition, given);
  if ("problems" in parsed) throw new StageError("invalid_argument", `${name}: ${parsed.problems.map(({ property, message }) => (property === undefined ? message : `property ${property}: ${message}`)).join("; ")}`, { stage: name });
  const setting: ElementSetting = { name, report: (message) => report(name, message) };
  const { properties } = parsed;
  return { name, definition, given: { ...given }, properties, setting, made: createElement(definition, given, properties, setting) };
}

/** All elements, those within loops included, each after those whose values it takes. */
export function nodesOf(plan: Plan): readonly PlanNode[] {
  return plan.nodes.flatMap((node) => {
    const body = plan.bodies.get(node);
    return body ? [node, ...nodesOf(body)] : [node];
  });
}
