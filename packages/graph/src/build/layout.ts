/** The elements and links of a pipeline with its bins taken apart. */
import type { Caps } from "../caps.js";
import type { BinUse, ElementUse, Graph, PadReference } from "../description.js";
import { padsOf } from "../draw/pad-caps.js";
import type { ElementDefinition } from "../element.js";
import { likelyName } from "../likely-name.js";
import { parseProperties } from "../parse-properties.js";
import type { Registry } from "../registry.js";
import { parseCaps } from "./parse-caps.js";
import type { PipelineProblem } from "./problem.js";

export type Side = "in" | "out";

/** An element as it is written, in the course of being checked. */
export interface LaidNode {
  readonly name: string;
  readonly place: string;
  readonly use: ElementUse;
  /** Undefined where the registry has no such element. */
  readonly definition: ElementDefinition | undefined;
  /** Pads that are linked, in the order of the links. */
  readonly pads: Record<Side, string[]>;
  /** Requested pads that links name. */
  readonly reserved: Record<Side, Set<string>>;
}

export interface LaidPort {
  readonly node: LaidNode;
  readonly pad: string;
}

export interface LaidLink {
  readonly from: LaidPort;
  readonly to: LaidPort;
  readonly filter: Caps | undefined;
  readonly place: string;
  /** The graph that it is written in, and its index there. */
  readonly graph: Graph;
  readonly index: number;
}

/** What stands together: the names by which links know it. */
interface Scope {
  readonly name: string;
  readonly members: Map<string, LaidNode | Scope>;
}

/** A pad that nothing is linked to; without a name, one that would have to be asked for. */
interface FreePad {
  readonly node: LaidNode;
  readonly pad: string | undefined;
  /** By which a link to the bin may name it. */
  readonly member: string;
}

/** Problems for which a likely name is looked for. */
const mostSuggestions = 20;

/** Pads that may be asked for where an element does not say. */
const mostPads = 64;

/** Takes a pipeline apart and notes what is wrong with its names, properties and pads. */
export class Layout {
  readonly nodes: LaidNode[] = [];
  readonly links: LaidLink[] = [];
  readonly problems: PipelineProblem[] = [];
  readonly #registry: Registry;

  constructor(graph: Graph, registry: Registry) {
    this.#registry = registry;
    this.#read(graph, { name: "", members: new Map() }, "", "");
  }

  /** The pads that nothing is linked to. */
  free(side: Side): readonly LaidPort[] {
    return this.nodes.flatMap((node) => freePads(node, node.name, side).map(({ pad }) => ({ node, pad: pad ?? `${padsOf(node.definition as ElementDefinition, side)[0]?.name}0` })));
  }

  /** Puts an element into a link. */
  insert(link: LaidLink, use: ElementUse, definition: ElementDefinition): void {
    const prefix = link.from.node.name.slice(0, link.from.node.name.length - link.from.node.use.name.length);
    const pads = { in: [padsOf(definition, "in")[0]?.name ?? "in"], out: [padsOf(definition, "out")[0]?.name ?? "out"] };
    const node: LaidNode = { name: prefix + use.name, place: link.place, use, definition, pads, reserved: { in: new Set(), out: new Set() } };
    this.nodes.push(node);
    const at = this.links.indexOf(link);
    this.links.splice(at, 1, { ...link, to: { node, pad: pads.in[0] as string }, filter: undefined }, { ...link, from: { node, pad: pads.out[0] as string } });
  }

  #tell(place: string, message: string, element?: string, likely?: string): undefined {
    this.problems.push({ place, ...(element !== undefined && { element }), message: likely === undefined ? message : `${message}; did you mean ${likely}?`, ...(likely !== undefined && { likely }) });
  }

  #read(graph: Graph, scope: Scope, path: string, place: string): void {
    graph.elements.forEach((use, index) => {
      const here = `${place}elements[${index}]`;
      if (scope.members.has(use.name)) return this.#tell(here, `two elements are named ${use.name}`, path + use.name);
      scope.members.set(use.name, "bin" in use ? this.#readBin(use, path, here) : this.#readUse(use, path, here));
    });
    this.#reserve(graph, scope);
    graph.links.forEach((link, index) => {
      const here = `${place}links[${index}]`;
      const [from, to] = [this.#port(link.from, "out", scope, here), this.#port(link.to, "in", scope, here)];
      const filter = link.caps === undefined ? undefined : parseCaps(link.caps);
      if (filter && "message" in filter) this.#tell(`${here}.caps`, filter.message);
      else if (from && to) this.links.push({ from, to, filter, place: here, graph, index });
    });
  }

  #readBin({ name, bin }: BinUse, path: string, place: string): Scope {
    const scope: Scope = { name: path + name, members: new Map() };
    this.#read(bin, scope, `${path}${name}/`, `${place}.bin.`);
    return scope;
  }

  #readUse(use: ElementUse, path: string, place: string): LaidNode {
    const name = path + use.name;
    const definition = this.#registry.has(use.element) ? this.#registry.find(use.element).definition : undefined;
    const node: LaidNode = { name, place, use, definition, pads: { in: [], out: [] }, reserved: { in: new Set(), out: new Set() } };
    this.nodes.push(node);
    if (!definition) this.#tell(`${place}.element`, `there is no element ${JSON.stringify(use.element)}`, name, likelyName(use.element, this.#registry.names()));
    const parsed = definition && parseProperties(definition, use.properties ?? {});
    for (const { property, message, likely } of parsed && "problems" in parsed ? parsed.problems : []) {
      this.problems.push({ place: `${place}.properties${property === undefined ? "" : `.${property}`}`, element: name, message: `${use.element}: ${message}`, ...(likely !== undefined && { likely }) });
    }
    return node;
  }

  /** Names that links give to pads are not given to others that ask for the next one. */
  #reserve({ links }: Graph, { members }: Scope): void {
    for (const link of links) {
      for (const [side, { element, pad }] of [["out", link.from], ["in", link.to]] as const) {
        const member = members.get(element);
        if (pad !== undefined && member && "use" in member) member.reserved[side].add(pad);
      }
    }
  }

  #port({ element, pad }: PadReference, side: Side, scope: Scope, place: string): LaidPort | undefined {
    const member = scope.members.get(element);
    if (!member) return this.#tell(place, `no element is named ${JSON.stringify(element)}`, undefined, this.problems.length < mostSuggestions ? likelyName(element, scope.members.keys()) : undefined);
    if ("use" in member) return this.#take(member, side, pad, place);
    const free = [...member.members].flatMap(([name, inner]) => freeOf(inner, name, side));
    const open = pad === undefined ? free : free.filter((port) => port.member === pad || port.pad === pad);
    const [found] = open;
    if (found && open.length === 1) return this.#take(found.node, side, found.pad, place);
    const names = free.map((port) => `${element}.${port.member}`).join(", ");
    const what = side === "in" ? "input" : "output";
    if (this.#isUnsure(member)) return undefined;
    return this.#tell(place, free.length === 0 ? `the bin ${element} has no free ${what}` : `the bin ${element} has ${open.length === 0 ? "no such" : "more than one"} free ${what}; name one of ${names}`, member.name);
  }

  /** Whether a bin holds an element that is not known: what is free in it cannot be told. */
  #isUnsure(scope: Scope): boolean {
    return [...scope.members.values()].some((member) => ("use" in member ? !member.definition : this.#isUnsure(member)));
  }

  #take(node: LaidNode, side: Side, name: string | undefined, place: string): LaidPort | undefined {
    const { definition, pads } = node;
    if (!definition) return undefined;
    const all = padsOf(definition, side);
    const [first] = all;
    const taken = pads[side];
    const tell = (message: string, likely?: string): undefined => this.#tell(place, message, node.name, likely);
    if (!first) return tell(`${node.name} is a ${definition.kind} (${definition.name}) and has no ${side === "in" ? "input" : "output"}`);
    let pad = name;
    if ("isRequested" in first) {
      if (taken.length >= (first.most ?? mostPads)) return tell(`${node.name} has at most ${first.most ?? mostPads} pads ${first.name}`);
      for (let index = 0; pad === undefined; index++) {
        const next = `${first.name}${index}`;
        if (!taken.includes(next) && !node.reserved[side].has(next)) pad = next;
      }
    } else {
      if (pad === undefined && (all.length === 1 || definition.kind === "loop")) pad = first.name;
      const names = all.map((other) => other.name);
      if (pad === undefined) return tell(`${node.name} has several pads; name one of ${names.map((other) => `${node.name}.${other}`).join(", ")}`);
      if (!names.includes(pad)) return tell(`${node.name} has no pad ${pad}, but ${names.join(", ")}`, likelyName(pad, names));
    }
    if (taken.includes(pad)) return tell(`${node.name}.${pad} is linked already; ${side === "in" ? "merge or zip takes values of several" : "tee gives values to several"}`);
    taken.push(pad);
    return { node, pad };
  }
}

function freeOf(member: LaidNode | Scope, name: string, side: Side): FreePad[] {
  return "use" in member ? freePads(member, name, side) : [...member.members.values()].flatMap((inner) => freeOf(inner, name, side));
}

function freePads(node: LaidNode, member: string, side: Side): FreePad[] {
  const all = node.definition ? padsOf(node.definition, side) : [];
  const pads = node.definition?.kind === "loop" ? all.slice(0, 1) : all; // its body is no matter of others
  const taken = node.pads[side];
  return pads.flatMap((pad): readonly FreePad[] => {
    if ("isRequested" in pad) return taken.length === 0 ? [{ node, member, pad: undefined }] : [];
    return taken.includes(pad.name) ? [] : [{ node, member, pad: pad.name }];
  });
}
