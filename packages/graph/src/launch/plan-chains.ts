/** Which chains say a graph in a launch line. */
import type { Graph, PadReference } from "../description.js";

/** A part of a chain: where an element is declared, or what stands for it. */
export interface ChainNode extends PadReference {
  /** Which of the elements is declared here; undefined for a reference. */
  readonly declares?: number;
  /** What alone may flow into it. */
  readonly caps?: string | undefined;
}

export type Chain = readonly ChainNode[];

/**
 * Gives chains in which elements are declared, and links stand, in the order that the graph has them: reading them gives the graph back.
 *
 * A link goes on with the chain before it where it can. An element is declared where a link first comes to it, or alone when others that
 * stand after it are linked first.
 */
export function planChains({ elements, links }: Graph): readonly Chain[] {
  const places = new Map(elements.map(({ name }, place) => [name, place]));
  const chains: ChainNode[][] = [];
  let declared = 0;

  const isDeclared = (name: string): boolean => placeOf(name) < declared;
  const placeOf = (name: string): number => places.get(name) ?? Infinity;
  const declareNext = (caps?: string): ChainNode => ({ element: elements[declared]?.name ?? "", declares: declared++, caps });

  for (const { from, to, caps } of links) {
    let chain = chains.at(-1);
    const last = chain?.at(-1);
    const goesOn = last?.element === from.element && last.pad === undefined && from.pad === undefined && isDeclared(from.element);
    if (!chain || !goesOn) {
      const alone = placeOf(from.element) + (from.pad === undefined ? 0 : 1);
      while (declared < alone) chains.push([declareNext()]);
      chain = [isDeclared(from.element) ? from : declareNext()];
      chains.push(chain);
    }
    chain.push(placeOf(to.element) === declared && to.pad === undefined ? declareNext(caps) : { ...to, caps });
  }
  while (declared < elements.length) chains.push([declareNext()]);
  return chains;
}
