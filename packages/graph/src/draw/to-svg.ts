/** Pipelines as pictures. */
import { StageError } from "@iftk/core";
import type { Graph } from "../description.js";
import type { Registry } from "../registry.js";
import { toDot } from "./to-dot.js";

/** The names that boxes and arrows have in DOT, which a page would show where the mouse is. */
const idTitle = /<title>(?:n\d+(?:&#45;&gt;n\d+)?|cluster_b\d+)<\/title>\n/gu;

/**
 * An SVG picture of a pipeline, laid out by Graphviz, which is loaded by the first call. It begins with its `<svg>` element
 * and may stand in a page: it has no script, no link and nothing of another address.
 *
 * @throws StageError `internal` when Graphviz fails.
 */
export async function toSvg(description: Graph, registry?: Registry): Promise<string> {
  const document = await render(toDot(description, registry));
  return document.slice(document.indexOf("<svg")).replaceAll(idTitle, "");
}

/** Graphviz as WebAssembly traps on some rare texts, whatever is around them, and does not with a space before them. */
const spaces = ["", " ", "  "];

async function render(dot: string): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  let cause: unknown;
  for (const space of spaces) {
    const graphviz = await instance(); // after a trap, another one
    try {
      return graphviz.renderString(dot.replaceAll('label="', `label="${space}`), { format: "svg" });
    } catch (error) {
      cause = error;
    }
  }
  throw new StageError("internal", "Graphviz could not draw this pipeline", { cause });
}
