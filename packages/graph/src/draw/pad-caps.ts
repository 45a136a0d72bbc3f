/** What the pads of an element are, whatever its kind. */
import type { Caps } from "../caps.js";
import type { ElementDefinition, Pad, PadTemplate } from "../element.js";

/** The pads on one side of an element; a template stands for those that links ask for. */
export function padsOf(definition: ElementDefinition, side: "in" | "out"): readonly (Pad | PadTemplate)[] {
  const pads = (definition as { readonly [Side in typeof side]?: Pad | PadTemplate | readonly Pad[] })[side];
  if (pads === undefined) return [];
  return "name" in pads ? [pads] : pads;
}

/** The caps of the pad of this name, of the first without one; undefined where there is no such pad. */
export function padCaps(definition: ElementDefinition, side: "in" | "out", name: string | undefined): Caps | undefined {
  const pads = padsOf(definition, side);
  return (name === undefined ? pads[0] : pads.find((pad) => "isRequested" in pad || pad.name === name))?.caps;
}
