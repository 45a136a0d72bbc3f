/** What the definition of an element must be. */
import { StageError } from "@iftk/core";
import { z } from "zod";
import { parseCaps } from "./build/parse-caps.js";
import { formatCaps } from "./caps.js";
import { name as writtenName, propertyName } from "./description.js";
import { padsOf } from "./draw/pad-caps.js";
import type { ElementDefinition, ElementKind, Pad, PadTemplate } from "./element.js";

/**
 * Checks what an element is made of, as far as the compiler cannot.
 *
 * @throws StageError `invalid_argument` that names the element and what is wrong with it.
 */
export function requireDefinition(definition: ElementDefinition): void {
  const { name, properties, changeable = [] } = definition;
  const refuse = (what: string): never => {
    throw new StageError("invalid_argument", `element ${JSON.stringify(name)}: ${what}`);
  };
  if (!writtenName.safeParse(name).success) refuse("its name cannot be written; expected a letter, then letters, digits, _ or -, at most 64");
  const sides = Object.hasOwn(padsOfKind, definition.kind) ? padsOfKind[definition.kind] : refuse(`${JSON.stringify(definition.kind)} is no kind; there are ${Object.keys(padsOfKind).join(", ")}`);
  if (!(properties instanceof z.ZodObject)) refuse("its properties are not a z.object");
  if (typeof definition.create !== "function") refuse("it has no create");
  const names = Object.keys(properties.shape);
  for (const property of names) {
    if (property === "name" || !propertyName.safeParse(property).success) refuse(`property ${JSON.stringify(property)} cannot be written; name it otherwise`);
  }
  for (const property of changeable) if (!names.includes(property)) refuse(`${JSON.stringify(property)} is changeable but no property`);
  for (const side of ["in", "out"] as const) {
    const problem = padProblem(padsOf(definition, side), sides[side]);
    if (problem !== undefined) refuse(`its pads ${side}: ${problem}`);
  }
}

/** How many pads an element of a kind has on each side: `several` may be asked for, too. */
const padsOfKind = {
  source: { in: 0, out: 1 },
  transform: { in: 1, out: 1 },
  sink: { in: 1, out: 0 },
  split: { in: 1, out: "several" },
  join: { in: "several", out: 1 },
  loop: { in: 2, out: 2 },
} as const satisfies Record<ElementKind, Record<"in" | "out", number | "several">>;

function padProblem(pads: readonly (Pad | PadTemplate)[], expected: number | "several"): string | undefined {
  if (expected === "several" ? pads.length === 0 : pads.length !== expected) return `expected ${expected === "several" ? "some" : expected}, got ${pads.length}`;
  for (const [index, pad] of pads.entries()) {
    if (!writtenName.safeParse(pad.name).success) return `the name ${JSON.stringify(pad.name)} cannot be written`;
    if (pads.findIndex(({ name }) => name === pad.name) < index) return `two are named ${pad.name}`;
    if ("isRequested" in pad && (expected !== "several" || pads.length > 1)) return `${pad.name} can be asked for only where it is the one pad of a split's output or a join's input`;
    if ("isRequested" in pad && pad.most !== undefined && !(Number.isInteger(pad.most) && pad.most > 0)) return `most of ${pad.name} is a whole number from 1 on, not ${pad.most}`;
    const caps = parseCaps(formatCaps(pad.caps));
    if ("message" in caps || formatCaps(caps) !== formatCaps(pad.caps)) return `the caps of ${pad.name} cannot be written: ${formatCaps(pad.caps)}`;
  }
  return undefined;
}
