/** Writes launch lines. */
import type { BinUse, ElementUse, Graph, PipelineDescription } from "../description.js";
import { defaultName } from "./default-name.js";
import { planChains, type ChainNode } from "./plan-chains.js";
import { printText, printValue } from "./print-value.js";

/** A pipeline whose names and links make sense as a launch line: a chain a line, bins of more than one chain indented. */
export function printLaunch({ description, ...graph }: PipelineDescription): string {
  return [...(description === undefined ? [] : [printText(description)]), ...printChains(graph)].join("\n");
}

function printChains({ elements, links }: Graph): readonly string[] {
  const chains = planChains({ elements, links });
  const referred = new Set(chains.flat().filter(({ declares }) => declares === undefined).map(({ element }) => element));
  const uses = new Map<string, number>();
  const printNode = ({ declares, element, pad = "" }: ChainNode): string => {
    const use = declares === undefined ? undefined : elements[declares];
    return use ? printUse(use, defaultName("bin" in use ? "bin" : use.element, uses) !== use.name || referred.has(use.name)) : `${element}.${pad}`;
  };
  return chains.map((chain) => chain.map((node) => `${node.caps === undefined ? "" : `${node.caps} ! `}${printNode(node)}`).join(" ! "));
}

function printUse(use: ElementUse | BinUse, isNamed: boolean): string {
  const name = isNamed ? [`name=${use.name}`] : [];
  if ("bin" in use) return [printBin(use.bin), ...name].join(" ");
  return [use.element, ...name, ...Object.entries(use.properties ?? {}).map(([key, value]) => `${key}=${printValue(value)}`)].join(" ");
}

function printBin(bin: Graph): string {
  const chains = printChains(bin);
  const [only = ""] = chains;
  if (chains.length < 2 && !only.includes("\n")) return only === "" ? "()" : `( ${only} )`;
  const lines = chains.flatMap((chain) => chain.split("\n"));
  return ["(", ...lines.map((line) => `  ${line}`), ")"].join("\n");
}
