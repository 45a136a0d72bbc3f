/** A pipeline as data: the form that is saved, checked, drawn, and built. */
import { z } from "zod";

/** A value of a property: JSON. */
export type PropertyValue = string | number | boolean | null | readonly PropertyValue[] | { readonly [key: string]: PropertyValue };

/** A use of an element. */
export interface ElementUse {
  /** By which links name it, unique in its pipeline or bin. */
  readonly name: string;
  /** Which element of the registry it is. */
  readonly element: string;
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

/** Elements that stand together under a name; what is free in them, the bin takes and gives. */
export interface BinUse {
  readonly name: string;
  readonly bin: Graph;
}

/** A pad of an element; without a name the only one, or the next one of those that are made as they are asked for. */
export interface PadReference {
  readonly element: string;
  readonly pad?: string;
}

export interface Link {
  readonly from: PadReference;
  readonly to: PadReference;
  /** What alone may flow: caps as text, such as `audio/pcm,rate=16000`. */
  readonly caps?: string;
}

export interface Graph {
  readonly elements: readonly (ElementUse | BinUse)[];
  readonly links: readonly Link[];
}

/** A pipeline that is written down. */
export interface PipelineDescription extends Graph {
  /** Of this form; older ones are brought up to it. */
  readonly version: 1;
  /** What it does, for people. */
  readonly description?: string;
}

/** Names of elements and pads: letters, digits, `_` and `-`, a letter first, at most 64. None of them is a name that objects have. */
export const name = z.string().regex(/^[A-Za-z][\w-]{0,63}$/u, "expected a letter, then letters, digits, _ or -, at most 64").refine((text) => !(text in {}), "this name cannot be used");

/** Names of properties. */
export const propertyName = z.string().regex(/^[A-Za-z][\w.-]{0,63}$/u, "expected a letter, then letters, digits, _, . or -, at most 64").refine((text) => !(text in {}), "this name cannot be used");

const mostElements = 1000;

const propertyValue: z.ZodType<PropertyValue> = z.json();
const padReference = z.strictObject({ element: name, pad: name.optional() });
const link = z.strictObject({ from: padReference, to: padReference, caps: z.string().max(256).optional() });
const elementUse = z.strictObject({ name, element: name, properties: z.record(propertyName, propertyValue).optional() });
const graphShape = {
  get elements() {
    return z.array(z.union([elementUse, binUse])).max(mostElements);
  },
  links: z.array(link).max(4 * mostElements),
};
const binUse: z.ZodType<BinUse> = z.strictObject({ name, get bin() { return z.strictObject(graphShape); } }) as unknown as z.ZodType<BinUse>;

/** The shape of the JSON form; whether its names and links make sense is checked when it is built. */
export const pipelineDescription: z.ZodType<PipelineDescription> = z.strictObject({ version: z.literal(1), description: z.string().max(1000).optional(), ...graphShape }) as unknown as z.ZodType<PipelineDescription>;
