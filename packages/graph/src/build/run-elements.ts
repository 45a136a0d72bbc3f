/** The elements of a run: created, made ready, changed, replaced. */
import { StageError, type AnyStage } from "@iftk/core";
import { commonCaps, formatCaps } from "../caps.js";
import type { PropertyValue } from "../description.js";
import type { ElementDefinition } from "../element.js";
import { likelyName } from "../likely-name.js";
import { parseProperties } from "../parse-properties.js";
import type { Registry } from "../registry.js";
import { createInstance, nodesOf, type Instance, type Report } from "./instance.js";
import type { Replacement } from "./pipeline-run.js";
import type { Plan, PlanNode } from "./plan.js";
import { Slot } from "./slot.js";
import { StartedElements, type OnFailure } from "./started-elements.js";

/** The elements of one run, by their names. */
export class RunElements {
  readonly instances = new Map<PlanNode, Instance>();
  readonly #plan: Plan;
  readonly #report: Report;
  readonly #slots = new Map<string, Slot>();
  readonly #started = new StartedElements();

  constructor(plan: Plan, report: Report) {
    this.#plan = plan;
    this.#report = report;
  }

  /** Creates them, those at the end first; `onFailure` is told of the one that could not be created. */
  create(onFailure: OnFailure): void {
    for (const node of nodesOf(this.#plan).toReversed()) {
      try {
        this.instances.set(node, createInstance(node.name, node.definition, node.use.properties ?? {}, this.#report));
      } catch (error) {
        onFailure(node.name, error);
        throw error;
      }
    }
  }

  /** A place for the stage of the element, in which it can be replaced. */
  readonly slotOf = (node: PlanNode, stage: AnyStage): AnyStage => {
    const slot = new Slot(node.name, stage, !this.#plan.nodes.includes(node));
    this.#slots.set(node.name, slot);
    return slot.stage;
  };

  /** Makes all elements ready, those at the end first; `onFailure` is told of the one that fails, with which it ends. */
  async start(signal: AbortSignal, onFailure: OnFailure): Promise<void> {
    for (const instance of this.instances.values()) {
      try {
        await this.#started.start(instance, signal);
      } catch (error) {
        if (!signal.aborted) onFailure(instance.name, error);
        throw error;
      }
    }
  }

  /** Stops what was made ready, the last one first; all are stopped although one fails, of which `onFailure` is told. */
  async stop(onFailure: OnFailure): Promise<void> {
    for (const slot of this.#slots.values()) slot.end();
    await this.#started.stop(onFailure);
  }

  /** Changes a property of an element that allows it. */
  set(element: string, property: string, value: PropertyValue): void {
    const [, { definition, given, properties }] = this.#find(element);
    const names = Object.keys(definition.properties.shape);
    const refuse = (code: "not_found" | "failed_precondition" | "invalid_argument", message: string): never => {
      throw new StageError(code, `${element} (${definition.name}): ${message}`, { stage: element });
    };
    if (!names.includes(property)) {
      const likely = likelyName(property, names);
      refuse("not_found", `there is no property ${JSON.stringify(property)}${likely === undefined ? "" : `; did you mean ${likely}?`}`);
    }
    if (!definition.changeable?.includes(property)) refuse("failed_precondition", `property ${property} cannot change while it runs${definition.changeable?.length ? `; ${definition.changeable.join(", ")} can` : ""}`);
    const parsed = parseProperties(definition, { ...given, [property]: value });
    if ("problems" in parsed) return refuse("invalid_argument", parsed.problems.map(({ property: at, message }) => `property ${at ?? property}: ${message}`).join("; "));
    given[property] = value;
    properties[property] = parsed.properties[property];
  }

  /** Puts another element in the place of a transform; resolves when it has taken over, and the old one is stopped. Until then, and when the new one fails to start, the old one goes on. */
  async replace(element: string, { element: name, properties = {} }: Replacement, registry: Registry, signal: AbortSignal, onFailure: OnFailure): Promise<void> {
    const [node, { definition: old }] = this.#find(element);
    const slot = this.#slots.get(element);
    const { definition } = registry.find(name);
    if (old.kind !== "transform" || definition.kind !== "transform") throw new StageError("failed_precondition", `${element}: only a transform can take the place of a transform, and ${old.kind === "transform" ? name : old.name} is a ${(old.kind === "transform" ? definition : old).kind}`, { stage: element });
    if (!slot) throw new StageError("failed_precondition", `${element}: it can be replaced only in a pipeline that was built to be live`, { stage: element });
    requireCaps(element, node.definition as Transform, definition);
    const instance = createInstance(element, definition, properties, this.#report);
    await this.#started.start(instance, signal);
    try {
      await slot.replace(instance.made as AnyStage);
    } catch (error) {
      await this.#started.stop(onFailure, instance);
      throw error;
    }
    const replaced = this.instances.get(node);
    this.instances.set(node, instance);
    await this.#started.stop(onFailure, replaced);
  }

  #find(element: string): readonly [PlanNode, Instance] {
    for (const entry of this.instances) if (entry[0].name === element) return entry;
    const likely = likelyName(element, [...this.instances.keys()].map(({ name }) => name));
    throw new StageError("not_found", `no element is named ${JSON.stringify(element)}${likely === undefined ? "" : `; did you mean ${likely}?`}`);
  }
}

type Transform = Extract<ElementDefinition, { readonly kind: "transform" }>;

/** What is taken and given has to stay what it was, as far as it was checked. */
function requireCaps(element: string, old: Transform, next: Transform): void {
  for (const side of ["in", "out"] as const) {
    if (commonCaps(old[side].caps, next[side].caps)) continue;
    const verb = side === "in" ? "takes" : "gives";
    throw new StageError("invalid_argument", `${element}: ${next.name} ${verb} ${formatCaps(next[side].caps)}, and what it replaces ${verb} ${formatCaps(old[side].caps)}`, { stage: element });
  }
}
