/** The elements of a run: created, made ready, changed, replaced. */
import { StageError, type AnyStage } from "@iftk/core";
import { commonCaps, formatCaps } from "../caps.js";
import type { PropertyValue } from "../description.js";
import type { ElementDefinition, Stop } from "../element.js";
import { likelyName } from "../likely-name.js";
import { parseProperties } from "../parse-properties.js";
import type { Registry } from "../registry.js";
import { createInstance, nodesOf, type Instance, type Report } from "./instance.js";
import type { Replacement } from "./pipeline-run.js";
import type { Plan, PlanNode } from "./plan.js";
import { Slot } from "./slot.js";

/** The elements of one run, by their names. */
export class RunElements {
  readonly instances = new Map<PlanNode, Instance>();
  readonly #plan: Plan;
  readonly #report: Report;
  readonly #slots = new Map<string, Slot>();
  readonly #stops: { readonly name: string; readonly stop: Stop }[] = [];

  constructor(plan: Plan, report: Report) {
    this.#plan = plan;
    this.#report = report;
  }

  /** Creates them, those at the end first; `onFailure` is told of the one that could not be created. */
  create(onFailure: (element: string, error: unknown) => void): void {
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
  async start(signal: AbortSignal, onFailure: (element: string, error: unknown) => void): Promise<void> {
    for (const instance of this.instances.values()) {
      try {
        await this.#startOne(instance, signal);
      } catch (error) {
        if (!signal.aborted) onFailure(instance.name, error);
        throw error;
      }
    }
  }

  async #startOne({ name, definition, properties, setting }: Instance, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const starting = definition.start?.(properties, setting, { signal });
    if (!starting) return;
    const stop = await untilAborted(starting, signal, (late) => void late?.());
    if (stop) this.#stops.unshift({ name, stop });
  }

  /** Stops what was made ready, the last one first; all are stopped although one fails, of which `onFailure` is told. */
  async stop(onFailure: (element: string, error: unknown) => void): Promise<void> {
    for (const slot of this.#slots.values()) slot.end();
    for (const { name, stop } of this.#stops.splice(0)) {
      try {
        await stop();
      } catch (error) {
        onFailure(name, error);
      }
    }
  }

  /** Changes a property of an element that allows it. */
  set(element: string, property: string, value: PropertyValue): void {
    const [node, instance] = this.#find(element);
    const { definition, given, properties } = instance;
    const names = Object.keys(definition.properties.shape);
    const refuse = (code: "not_found" | "failed_precondition" | "invalid_argument", message: string): never => {
      throw new StageError(code, `${element} (${definition.name}): ${message}`, { stage: element });
    };
    if (!names.includes(property)) {
      const likely = likelyName(property, names);
      refuse("not_found", `there is no property ${JSON.stringify(property)}${likely === undefined ? "" : `; did you mean ${likely}?`}`);
    }
    if (!definition.changeable?.includes(property)) refuse("failed_precondition", `property ${property} cannot change while it runs${definition.changeable?.length ? `; ${definition.changeable.join(", ")} can` : ""}`);
    const changed = { ...given, [property]: value };
    const parsed = parseProperties(definition, changed);
    if ("problems" in parsed) return refuse("invalid_argument", parsed.problems.map(({ property: at, message }) => `property ${at ?? property}: ${message}`).join("; "));
    properties[property] = parsed.properties[property];
    this.instances.set(node, { ...instance, given: changed });
  }

  /** Puts another element in the place of a transform; resolves when it has taken over. */
  async replace(element: string, { element: name, properties = {} }: Replacement, registry: Registry): Promise<void> {
    const [node, { definition: old }] = this.#find(element);
    const slot = this.#slots.get(element);
    const { definition } = registry.find(name);
    if (old.kind !== "transform" || definition.kind !== "transform") throw new StageError("failed_precondition", `${element}: only a transform can take the place of a transform, and ${old.kind === "transform" ? name : old.name} is a ${(old.kind === "transform" ? definition : old).kind}`, { stage: element });
    if (!slot) throw new StageError("failed_precondition", `${element}: it can be replaced only in a pipeline that was built to be live`, { stage: element });
    requireCaps(element, old, definition);
    const instance = createInstance(element, definition, properties, this.#report);
    const stop = await definition.start?.(instance.properties, instance.setting, { signal: new AbortController().signal });
    try {
      await slot.replace(instance.made as AnyStage);
    } catch (error) {
      await stop?.();
      throw error;
    }
    if (stop) this.#stops.unshift({ name: element, stop });
    this.instances.set(node, instance);
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

/** What the promise gives, unless the signal fires before; what comes too late is given to `onLate`. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, onLate: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(
      (value) => (signal.aborted ? onLate(value) : resolve(value)),
      reject,
    ).finally(() => signal.removeEventListener("abort", stop)).catch(() => {});
  });
}
