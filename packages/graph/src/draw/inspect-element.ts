/** What there is to know of an element, for people. */
import type { Element } from "../define-element.js";
import { elementInspection, type PadInspection, type PropertyInspection } from "./element-inspection.js";
import { shownProperty } from "./shown-text.js";

/** A page about an element, as `gst-inspect` gives one: what it does, its pads with their caps, its properties with types, defaults and meanings. */
export function inspectElement(element: Element): string {
  const { name, kind, description, pads, properties } = elementInspection(element);
  return [
    `${name}: ${description}`,
    "",
    `Kind: ${kind}`,
    "",
    "Pads:",
    ...pads.flatMap(padLines),
    "",
    properties.length === 0 ? "Properties: none" : "Properties:",
    ...properties.flatMap(propertyLines),
    "",
  ].join("\n");
}

function padLines({ name, side, caps, isRequested, most, description }: PadInspection): string[] {
  const names = isRequested ? `${name}0, ${name}1, ... (as links ask, ${most ?? 0} at most)` : name;
  return [`  ${side === "in" ? "takes" : "gives"}  ${names}  ${caps}`, ...(description === undefined ? [] : [`         ${description}`])];
}

function propertyLines({ name, type, isRequired, isChangeable, default: usual, description }: PropertyInspection): string[] {
  const head = usual === undefined ? name : shownProperty(name, usual);
  const facts = [type, ...(isRequired ? ["required"] : []), ...(isChangeable ? ["may change while it runs"] : [])];
  return [`  ${head}`, `      ${facts.join("; ")}`, ...(description === undefined ? [] : [`      ${description}`])];
}
