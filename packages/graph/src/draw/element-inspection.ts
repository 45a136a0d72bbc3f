/** What there is to know of an element, as data. */
import { z } from "zod";
import { formatCaps } from "../caps.js";
import type { PropertyValue } from "../description.js";
import type { Element } from "../define-element.js";
import type { ElementKind } from "../element.js";
import { padsOf } from "./pad-caps.js";
import { schemaInWords } from "./schema-in-words.js";

/** A pad, or a template of pads. */
export interface PadInspection {
  readonly name: string;
  readonly side: "in" | "out";
  readonly caps: string;
  /** Whether links ask for it, as often as they like up to `most`. */
  readonly isRequested: boolean;
  readonly most?: number;
  readonly description?: string;
}

export interface PropertyInspection {
  readonly name: string;
  /** In words: `whole number from 1 to 10`. */
  readonly type: string;
  readonly isRequired: boolean;
  /** Whether it may change while the element runs. */
  readonly isChangeable: boolean;
  readonly default?: PropertyValue;
  readonly description?: string;
}

/** All that a user of an element is told; it is JSON. */
export interface ElementInspection {
  readonly name: string;
  readonly kind: ElementKind;
  readonly description: string;
  readonly pads: readonly PadInspection[];
  readonly properties: readonly PropertyInspection[];
}


/** The facts of an element. */
export function elementInspection({ definition }: Element): ElementInspection {
  const { name, kind, description, changeable = [] } = definition;
  const schema = z.toJSONSchema(definition.properties, { io: "input", unrepresentable: "any" });
  const required = new Set(schema.required);
  return {
    name,
    kind,
    description,
    pads: (["in", "out"] as const).flatMap((side) => padsOf(definition, side).map((pad): PadInspection => ({
      name: pad.name,
      side,
      caps: formatCaps(pad.caps),
      isRequested: "isRequested" in pad,
      ...("isRequested" in pad && { most: pad.most ?? 64 }),
      ...(pad.description !== undefined && { description: pad.description }),
    }))),
    properties: Object.entries(schema.properties ?? {}).map(([key, property]): PropertyInspection => {
      const { default: usual, description: meaning } = property as { readonly default?: PropertyValue; readonly description?: string };
      return {
        name: key,
        type: schemaInWords(property, schema),
        isRequired: required.has(key),
        isChangeable: changeable.includes(key),
        ...(usual !== undefined && { default: usual }),
        ...(meaning !== undefined && { description: meaning }),
      };
    }),
  };
}
