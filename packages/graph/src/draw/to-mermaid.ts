/** Pipelines as Mermaid, which many pages and editors draw. */
import type { Graph } from "../description.js";
import type { Registry } from "../registry.js";
import { draw, type DrawnBin, type DrawnElement, type DrawnLink } from "./drawing.js";

/** What stands around the text of an element. */
const shapes: Readonly<Record<DrawnElement["kind"], readonly [string, string]>> = {
  source: ["([", "])"],
  transform: ["[", "]"],
  sink: ["[[", "]]"],
  split: ["{{", "}}"],
  join: ["{{", "}}"],
  loop: ["{{", "}}"],
  plain: ["[", "]"],
  unknown: ["[", "]"],
  missing: ["[", "]"],
};

/** A Mermaid flowchart of a pipeline. With a registry it shows what kinds its elements are and what flows between them. */
export function toMermaid(description: Graph, registry?: Registry): string {
  const { elements, bins, links } = draw(description, registry);
  const strange = [...strangersOf({ elements, bins })];
  return [
    "flowchart LR",
    ...indented([...elements.map(elementLine), ...bins.flatMap(binLines), ...links.map(linkLine)]),
    ...indented(strange.length === 0 ? [] : ["classDef strange stroke-dasharray:4", `class ${strange.join(",")} strange`]),
    "",
  ].join("\n");
}

function elementLine({ id, kind, lines }: DrawnElement): string {
  const [open, close] = shapes[kind];
  return `${id}${open}${quoted(lines)}${close}`;
}

function binLines({ id, title, elements, bins }: DrawnBin): string[] {
  return [`subgraph ${id}[${quoted([title])}]`, ...indented([...elements.map(elementLine), ...bins.flatMap(binLines)]), "end"];
}

function linkLine({ from, to, lines }: DrawnLink): string {
  return `${from} -->${lines.length === 0 ? "" : `|${quoted(lines)}|`} ${to}`;
}

function* strangersOf({ elements, bins }: Pick<DrawnBin, "elements" | "bins">): Generator<string> {
  for (const { id, kind } of elements) if (kind === "unknown" || kind === "missing") yield id;
  for (const bin of bins) yield* strangersOf(bin);
}

/** Lines as a text of Mermaid. What could be read as syntax, HTML or Markdown is written as the number of its character. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replaceAll(/[^\p{L}\p{N} .,=/→…-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`)).join("<br/>")}"`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
