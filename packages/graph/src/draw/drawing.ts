/** A pipeline as what a picture of it shows: boxes, boxes around boxes, and arrows. */
import { commonCaps, formatCaps } from "../caps.js";
import type { BinUse, ElementUse, Graph, Link, PadReference } from "../description.js";
import type { ElementDefinition, ElementKind } from "../element.js";
import type { Registry } from "../registry.js";
import { padCaps, padsOf } from "./pad-caps.js";
import { shownProperty, shownText } from "./shown-text.js";

export interface DrawnElement {
  /** Unlike all others of the drawing; a letter and digits. */
  readonly id: string;
  /** Of seen characters: the name, then the properties. */
  readonly lines: readonly string[];
  /** `unknown` where the registry has no such element, `missing` where links name one that is not there. */
  readonly kind: ElementKind | "plain" | "unknown" | "missing";
}

export interface DrawnBin {
  readonly id: string;
  readonly title: string;
  readonly elements: readonly DrawnElement[];
  readonly bins: readonly DrawnBin[];
}

export interface DrawnLink {
  readonly from: string;
  readonly to: string;
  /** Of seen characters: the pads that are named, as `out1 → in0`, then what may flow. */
  readonly lines: readonly string[];
}

export interface Drawing {
  readonly elements: readonly DrawnElement[];
  readonly bins: readonly DrawnBin[];
  readonly links: readonly DrawnLink[];
}

type Side = "from" | "to";

/** An end of a link: the element within all bins that it leads to. */
interface End {
  readonly id: string;
  readonly definition: ElementDefinition | undefined;
}

/** Draws any graph, also one that could not be built. With a registry, kinds and the caps of links are drawn too. */
export function draw(graph: Graph, registry?: Registry): Drawing {
  const links: DrawnLink[] = [];
  let count = 0;
  const nextId = (letter: string): string => `${letter}${count++}`;

  function drawGraph({ elements, links: uses }: Graph): Pick<Drawing, "elements" | "bins"> & { readonly ends: Readonly<Record<Side, End>> } {
    const drawn: DrawnElement[] = [];
    const bins: DrawnBin[] = [];
    const endsOf = new Map<string, Readonly<Record<Side, End>>>();

    const put = (kind: DrawnElement["kind"], lines: readonly string[], definition?: ElementDefinition): End => {
      const id = nextId("n");
      drawn.push({ id, kind, lines });
      return { id, definition };
    };
    const same = (end: End): Readonly<Record<Side, End>> => ({ from: end, to: end });

    for (const use of elements) {
      if ("bin" in use) {
        const id = nextId("b");
        const { ends, ...inner } = drawGraph(use.bin);
        bins.push({ id, title: shownText(use.name), ...inner });
        endsOf.set(use.name, ends);
      } else {
        const definition = registry?.has(use.element) ? registry.find(use.element).definition : undefined;
        endsOf.set(use.name, same(put(definition?.kind ?? (registry ? "unknown" : "plain"), linesOf(use), definition)));
      }
    }
    const endOf = (name: string, side: Side): End => {
      const known = endsOf.get(name) ?? same(put("missing", [shownText(name), "is not there"]));
      endsOf.set(name, known);
      return known[side];
    };
    for (const link of uses) links.push(drawLink(link, endOf(link.from.element, "from"), endOf(link.to.element, "to")));
    const [from, to] = [freeEnd(elements, uses, "from", endsOf), freeEnd(elements, uses, "to", endsOf)];
    return { elements: drawn, bins, ends: from && to ? { from, to } : same(put("plain", ["empty"])) };
  }

  // What is free in the whole is no link's end, so nothing is put in for it.
  const { elements, bins } = graph.elements.length === 0 ? { elements: [], bins: [] } : drawGraph(graph);
  return { elements, bins, links };
}

/** The end that a bin has on this side: its first element that no link within has there. */
function freeEnd(uses: Graph["elements"], links: readonly Link[], side: Side, endsOf: ReadonlyMap<string, Readonly<Record<Side, End>>>): End | undefined {
  const taken = new Set(links.map((link) => link[side].element));
  const ends = uses.map(({ name }: ElementUse | BinUse) => ({ end: endsOf.get(name)?.[side], isTaken: taken.has(name) }));
  const has = (end: End | undefined): boolean => !end?.definition || padsOf(end.definition, side === "from" ? "out" : "in").length > 0;
  return (ends.find(({ end, isTaken }) => !isTaken && has(end)) ?? ends.at(side === "from" ? -1 : 0))?.end;
}

function linesOf({ name, element, properties = {} }: ElementUse): readonly string[] {
  const isOwnName = name.startsWith(element) && /^\d*$/u.test(name.slice(element.length));
  return [shownText(isOwnName ? name : `${name} (${element})`), ...Object.entries(properties).map(([key, value]) => shownProperty(key, value))];
}

function drawLink({ from, to, caps }: Link, source: End, target: End): DrawnLink {
  const shown = caps ?? commonOf(source.definition, from, target.definition, to);
  const pads = from.pad === undefined && to.pad === undefined ? [] : [`${from.pad ?? ""} → ${to.pad ?? ""}`.trim()];
  return { from: source.id, to: target.id, lines: [...pads, ...(shown === undefined ? [] : [shown])].map(shownText) };
}

/** What may flow between the pads, as text; undefined when that is not known, or anything. */
function commonOf(source: ElementDefinition | undefined, from: PadReference, target: ElementDefinition | undefined, to: PadReference): string | undefined {
  const out = source && padCaps(source, "out", from.pad);
  const into = target && padCaps(target, "in", to.pad);
  const common = out && into ? commonCaps(out, into) : (out ?? into);
  return common && common.type !== "*/*" ? formatCaps(common) : undefined;
}
