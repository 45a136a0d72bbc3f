/** The elements that written pipelines may use. */
import { StageError } from "@iftk/core";
import type { Element } from "./define-element.js";
import { likelyName } from "./likely-name.js";

/** Elements by name, passed to whoever reads what is written: there is no other way from a name to code. */
export interface Registry {
  /** @throws StageError `not_found` that names the likely one. */
  find(name: string): Element;
  has(name: string): boolean;
  /** In the order of the alphabet. */
  names(): readonly string[];
  /** In the order of their names. */
  elements(): readonly Element[];
}

/**
 * Makes a registry of elements.
 *
 * @throws StageError `invalid_argument` when two have the same name.
 */
export function createRegistry(elements: Iterable<Element>): Registry {
  const byName = new Map<string, Element>();
  for (const element of elements) {
    const { name } = element.definition;
    if (byName.has(name)) throw new StageError("invalid_argument", `registry: two elements are named ${name}`);
    byName.set(name, element);
  }
  const names = [...byName.keys()].sort();
  return {
    find(name) {
      const found = byName.get(name);
      if (found) return found;
      const likely = likelyName(name, names);
      throw new StageError("not_found", `there is no element ${JSON.stringify(name)}${likely === undefined ? "" : `; did you mean ${likely}?`}`);
    },
    has: (name) => byName.has(name),
    names: () => names,
    elements: () => names.map((name) => byName.get(name) as Element),
  };
}
