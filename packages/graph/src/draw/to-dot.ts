/** Pipelines in DOT, the language of Graphviz. */
import type { Graph } from "../description.js";
import type { Registry } from "../registry.js";
import { draw, type DrawnBin, type DrawnElement, type DrawnLink } from "./drawing.js";

const looks: Readonly<Record<DrawnElement["kind"], Readonly<Record<string, string>>>> = {
  source: { shape: "box", style: "rounded,filled", fillcolor: "#e3f1e5" },
  transform: { shape: "box", style: "filled", fillcolor: "#ffffff" },
  sink: { shape: "box", style: "rounded,filled", fillcolor: "#e4ebf7" },
  split: { shape: "hexagon", style: "filled", fillcolor: "#fdf3d8" },
  join: { shape: "hexagon", style: "filled", fillcolor: "#fdf3d8" },
  loop: { shape: "hexagon", style: "filled", fillcolor: "#f3e7f6" },
  plain: { shape: "box", style: "filled", fillcolor: "#ffffff" },
  unknown: { shape: "box", style: "dashed,filled", fillcolor: "#fbe6e6" },
  missing: { shape: "box", style: "dashed,filled", fillcolor: "#fbe6e6" },
};

/** A DOT graph of a pipeline. With a registry it shows what kinds its elements are and what flows between them. */
export function toDot(description: Graph, registry?: Registry): string {
  const { elements, bins, links } = draw(description, registry);
  const body = [
    `graph ${attributes({ rankdir: "LR", fontname: "sans-serif", fontsize: "12" })}`,
    `node ${attributes({ fontname: "sans-serif", fontsize: "12", color: "#555555" })}`,
    `edge ${attributes({ fontname: "sans-serif", fontsize: "10", color: "#555555" })}`,
    ...elements.map(elementLine),
    ...bins.flatMap(binLines),
    ...links.map(linkLine),
  ];
  return ["digraph pipeline {", ...indented(body), "}", ""].join("\n");
}

function elementLine({ id, kind, lines }: DrawnElement): string {
  return `${id} ${attributes({ label: lines, ...looks[kind] })}`;
}

function binLines({ id, title, elements, bins }: DrawnBin): string[] {
  const look = `graph ${attributes({ label: [title], style: "rounded", color: "#999999" })}`;
  return [`subgraph cluster_${id} {`, ...indented([look, ...elements.map(elementLine), ...bins.flatMap(binLines)]), "}"];
}

function linkLine({ from, to, lines }: DrawnLink): string {
  return `${from} -> ${to}${lines.length === 0 ? "" : ` ${attributes({ label: lines })}`}`;
}

/** Attributes; lines are texts to show. */
function attributes(values: Readonly<Record<string, string | readonly string[]>>): string {
  return `[${Object.entries(values).map(([key, value]) => `${key}="${typeof value === "string" ? value : value.map(escaped).join("\\n")}"`).join(", ")}]`;
}

/** A line in which Graphviz sees no end of the text, no escape of its own and no entity. */
function escaped(line: string): string {
  return line.replaceAll("&", "&amp;").replaceAll(/["\\]/gu, String.raw`\$&`);
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
