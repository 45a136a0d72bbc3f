/** The streams of a plan: what each element gives is handed to those that take it. */
import { bidi, from, pipe, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import type { ElementKind, ElementDefinition } from "../element.js";
import type { Instances } from "./instance.js";
import { guard, lift, streamed } from "./lift.js";
import { readAhead } from "./read-ahead.js";
import { portName, type Plan, type PlanLink, type PlanNode, type Port } from "./plan.js";

/** What a run does beside handing on values. */
export interface Hooks {
  /** Sees what flows over a link: `from` is undefined for what comes from outside, `to` for what goes there. `names` are those of the elements that it comes out of. */
  readonly link?: (stream: Stream<unknown>, from: Port | undefined, to: Port | undefined, names: string) => Stream<unknown>;
  /** What stands in the place of an element's stage; without it neighbours are one pipe. */
  readonly stage?: (node: PlanNode, stage: AnyStage) => AnyStage;
}

/** A sink that is ready to run. */
export interface WiredSink {
  readonly node: PlanNode;
  readonly input: Stream<unknown>;
  readonly run: Made<"sink">;
}

/** The streams of one run. */
export interface Wiring {
  readonly output: Stream<unknown> | undefined;
  /** Those at the end first. */
  readonly sinks: readonly WiredSink[];
}

type Made<Kind extends ElementKind> = ReturnType<Extract<ElementDefinition, { readonly kind: Kind }>["create"]>;

/** Elements that run as one. */
interface Group {
  readonly nodes: readonly PlanNode[];
  readonly names: string;
  readonly first: PlanNode;
  readonly last: PlanNode;
  /** The stages of transforms and loops as one; undefined for other kinds. */
  readonly stages: readonly AnyStage[] | undefined;
}

/** Wires plans, any number of times. */
export class Wirer {
  readonly #plan: Plan;
  readonly #instances: Instances;
  readonly #hooks: Hooks;
  readonly #groups: readonly Group[];
  readonly #lifted = new Map<Group, Bidi<unknown, unknown>>();
  readonly #links: ReadonlyMap<string, PlanLink>;

  constructor(plan: Plan, instances: Instances, hooks: Hooks, bodyOf: (body: Plan) => Bidi<unknown, unknown>) {
    this.#plan = plan;
    this.#instances = instances;
    this.#hooks = hooks;
    this.#links = new Map(plan.links.map((link) => [portName(link.from), link]));
    this.#groups = groupsOf(plan, hooks.stage !== undefined).map((nodes) => {
      const [first, last] = [nodes[0], nodes.at(-1)] as [PlanNode, PlanNode];
      const stages = isStage(first) ? nodes.map((node) => this.#stageOf(node, bodyOf)) : undefined;
      return { nodes, names: nodes.map(({ name }) => name).join(" | "), first, last, stages };
    });
    for (const group of this.#groups) if (group.stages) this.#lifted.set(group, streamed(group.stages));
  }

  /** The pipe that the plan is where it is a chain of stages from a free input to a free output. */
  get chain(): AnyStage | undefined {
    const [group, ...others] = this.#groups;
    if (!group?.stages || others.length > 0 || !this.#plan.input || !this.#plan.output) return undefined;
    return pipe(...(lift(group.stages, false) as readonly [AnyStage]));
  }

  #stageOf(node: PlanNode, bodyOf: (body: Plan) => Bidi<unknown, unknown>): AnyStage {
    const body = this.#plan.bodies.get(node);
    const stage = body ? this.#made<"loop">(node)(bodyOf(body)) : this.#made<"transform">(node);
    return this.#hooks.stage?.(node, stage) ?? stage;
  }

  #made<Kind extends ElementKind>(node: PlanNode): Made<Kind> {
    return this.#instances.get(node)?.made as Made<Kind>;
  }

  /** What a join takes of: where it takes in turn, queues before it do not wait for theirs. */
  #inputs(node: PlanNode, taken: (node: PlanNode, pad: string) => Stream<unknown>): readonly Stream<unknown>[] {
    const pads = node.pads.in;
    const streams = pads.map((pad) => taken(node, pad));
    const isInTurn = node.definition.kind === "join" && node.definition.takes === "in-turn";
    return isInTurn ? readAhead(streams, pads.map((pad) => isQueued(this.#plan, { node, pad }))) : streams;
  }

  /** Wires one run: nothing is read, and no sink begins. */
  wire(input: Stream<unknown>, call: Call): Wiring {
    const flows = new Map<string, Stream<unknown>>();
    const sinks: WiredSink[] = [];
    let output: Stream<unknown> | undefined;
    const tap = this.#hooks.link ?? ((stream: Stream<unknown>) => stream);
    const give = (stream: Stream<unknown>, source: Port, names: string): void => {
      const to = this.#links.get(portName(source))?.to;
      // Stages and sources hear the call themselves.
      const heard = to || isStage(source.node) || source.node.definition.kind === "source" ? stream : guard(stream, call);
      const seen = tap(heard, source, to, names);
      if (to) flows.set(portName(to), seen);
      else output = seen;
    };
    const taken = (node: PlanNode, pad: string): Stream<unknown> => flows.get(portName({ node, pad })) as Stream<unknown>;
    const { input: free } = this.#plan;
    if (free) flows.set(portName(free), tap(input, undefined, free, "input"));

    for (const group of this.#groups) {
      const { first, last, names } = group;
      const out: Port = { node: last, pad: mainPad(last, "out") };
      const stage = this.#lifted.get(group);
      const { kind } = first.definition;
      if (stage) give(stage(taken(first, mainPad(first, "in")), call), out, names);
      else if (kind === "source") give(sourceStage(this.#made<"source">(first))(from([]), call), out, names);
      else if (kind === "sink") sinks.unshift({ node: first, input: taken(first, mainPad(first, "in")), run: this.#made<"sink">(first) });
      else if (kind === "join") give(this.#made<"join">(first)(this.#inputs(first, taken), first.pads.in, call), out, names);
      else {
        const branches = this.#made<"split">(first)(taken(first, mainPad(first, "in")), first.pads.out, call);
        first.pads.out.forEach((pad, index) => give(branches[index] ?? from([]), { node: first, pad }, names));
      }
    }
    return { output, sinks };
  }
}

/** Whether a queue is among the transforms right before. */
function isQueued(plan: Plan, to: Port): boolean {
  for (let port: Port | undefined = to; port; ) {
    const { node, pad }: Port = port;
    const from: PlanNode | undefined = plan.links.find((link) => link.to.node === node && link.to.pad === pad)?.from.node;
    if (from?.definition.kind !== "transform") return false;
    if (from.definition.dropsBeyond) return true;
    port = { node: from, pad: mainPad(from, "in") };
  }
  return false;
}

function sourceStage(run: Made<"source">): Bidi<never, unknown> {
  return bidi(function source(_: Stream<never>, call: Call) {
    return run(call);
  });
}

function isStage({ definition }: PlanNode): boolean {
  return definition.kind === "transform" || definition.kind === "loop";
}

/** The pad of an element that has one on this side, beside the way into and out of a loop's body. */
function mainPad({ definition, pads }: PlanNode, side: "in" | "out"): string {
  return definition.kind === "loop" ? definition[side][0].name : (pads[side][0] ?? side);
}

/** The elements, with stages that are linked to each other together. */
function groupsOf(plan: Plan, isApart: boolean): readonly (readonly PlanNode[])[] {
  const groups: PlanNode[][] = [];
  const groupOf = new Map<PlanNode, PlanNode[]>();
  for (const node of plan.nodes) {
    const before = plan.links.find(({ to }) => to.node === node)?.from.node;
    const group = isStage(node) && !isApart && before && isStage(before) ? groupOf.get(before) : undefined;
    if (group) group.push(node);
    else groups.push([node]);
    groupOf.set(node, group ?? (groups.at(-1) as PlanNode[]));
  }
  return groups;
}
