/** Pipelines as pictures. */
import type { Graph } from "../description.js";
import type { Registry } from "../registry.js";
import { toDot } from "./to-dot.js";

/**
 * An SVG picture of a pipeline, laid out by Graphviz, which is loaded by the first call. It begins with its `<svg>` element
 * and may stand in a page: it has no script, no link and nothing of another address.
 */
export async function toSvg(description: Graph, registry?: Registry): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const document = (await instance()).renderString(toDot(description, registry), { format: "svg" });
  return document.slice(document.indexOf("<svg"));
}
