/** Schemas read into shapes, whatever combines them. */
import { accepts } from "../character-automaton.js";
import { limits, refusal, tooLarge } from "../refuse.js";
import { isSameValue } from "./is-same-value.js";
import { checkedSchema, inside, type SchemaObject, schemaList, stringOf } from "./keywords.js";
import { meet } from "./meet.js";
import { readShapes } from "./read-shapes.js";
import { type Conjunction, itemOf, type Located, propertyOf, type Shape } from "./shape.js";

/** How far two shapes are looked into to show that no value is of both. */
const deepestComparison = 6;

/** Reads the schemas of one document; each is read once. */
export class SchemaReader {
  readonly #root: unknown;
  readonly #known = new Map<object, readonly Shape[]>();
  readonly #open = new Set<object>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** The shapes of the values that all of the schemas allow. */
  shapesOfAll(conjunction: Conjunction): readonly Shape[] {
    const [first, ...others] = conjunction;
    if (first === undefined) return this.shapesOf({ schema: {}, place: "schema #" });
    return others.reduce((shapes, located) => this.#meetAll(shapes, this.shapesOf(located), located.place), this.shapesOf(first));
  }

  shapesOf(located: Located): readonly Shape[] {
    if (located.schema === true) return readShapes(located, {});
    if (located.schema === false) return [];
    const schema = checkedSchema(located);
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    if (this.#open.has(schema)) throw refusal(located.place, "the schema is made of itself, with no value between");
    if (this.#open.size > limits.nesting) throw tooLarge(located.place, `schemas are made of each other more than ${limits.nesting} deep`);
    this.#open.add(schema);
    const shapes = this.#read(located, schema);
    this.#open.delete(schema);
    this.#known.set(schema, shapes);
    return shapes;
  }

  #read(located: Located, schema: SchemaObject): readonly Shape[] {
    const { place } = located;
    let shapes: readonly Shape[] = readShapes(located, schema);
    const narrow = (other: readonly Shape[]): void => void (shapes = this.#meetAll(shapes, other, place));
    const reference = stringOf(located, schema, "$ref");
    if (reference !== undefined) narrow(this.shapesOf(this.#resolve(reference, place)));
    for (const part of schemaList(located, schema, "allOf") ?? []) narrow(this.shapesOf(part));
    const any = schemaList(located, schema, "anyOf");
    if (any !== undefined) narrow(any.flatMap((part) => this.shapesOf(part)));
    const one = schemaList(located, schema, "oneOf");
    if (one !== undefined) narrow(this.#exclusive(one, place));
    if (Object.hasOwn(schema, "enum")) {
      const values = schema["enum"];
      if (!Array.isArray(values)) throw refusal(place, "enum: expected a list of values");
      narrow(values.map((value: unknown) => ({ type: "literal", value })));
    }
    if (Object.hasOwn(schema, "const")) narrow([{ type: "literal", value: schema["const"] }]);
    return shapes;
  }

  #resolve(reference: string, place: string): Located {
    if (reference !== "#" && !reference.startsWith("#/")) throw refusal(place, `$ref: ${JSON.stringify(reference)} cannot be followed, only references into the same document, "#/..."`);
    let target: Located = { schema: this.#root, place: "schema #" };
    for (const part of reference.split("/").slice(1)) {
      const key = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
      const value = target.schema;
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) throw refusal(place, `$ref: ${JSON.stringify(reference)} leads nowhere`);
      target = inside(target, key, (value as SchemaObject)[key]);
    }
    return target;
  }

  #meetAll(one: readonly Shape[], other: readonly Shape[], place: string): readonly Shape[] {
    const shapes: Shape[] = [];
    for (const left of one) {
      for (const right of other) {
        const both = meet(left, right, place, (value, shape) => this.#holds(value, shape));
        if (both !== undefined) shapes.push(both);
        if (shapes.length > limits.alternatives) throw tooLarge(place, `its combinations have more than ${limits.alternatives} alternatives`);
      }
    }
    return shapes;
  }

  /** Whether a value is of a shape. */
  #holds(value: unknown, shape: Shape): boolean {
    const allows = (conjunction: Conjunction, part: unknown): boolean => this.shapesOfAll(conjunction).some((one) => this.#holds(part, one));
    switch (shape.type) {
      case "literal":
        return isSameValue(value, shape.value);
      case "number":
        return typeof value === "number" && value >= shape.minimum && value <= shape.maximum && (!shape.isInteger || Number.isInteger(value)) && (shape.multipleOf === undefined || value % shape.multipleOf === 0);
      case "string": {
        if (typeof value !== "string") return false;
        const length = Array.from(value).length;
        return length >= shape.minimum && length <= shape.maximum && shape.patterns.every(({ automaton }) => accepts(automaton, value));
      }
      case "array":
        return Array.isArray(value) && value.length >= shape.minimum && value.length <= shape.maximum && value.every((item, index) => allows(itemOf(shape, index), item));
      case "object": {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
        const members = Object.entries(value);
        const isComplete = [...shape.required].every((name) => Object.hasOwn(value, name));
        return isComplete && members.length >= shape.minimum && members.length <= shape.maximum && members.every(([name, member]) => allows(propertyOf(shape, name), member));
      }
    }
  }

  /** The shapes of schemas of which exactly one must hold: all of them, when no value is of two. */
  #exclusive(parts: readonly Located[], place: string): readonly Shape[] {
    const all = parts.map((part) => this.shapesOf(part));
    for (const [index, shapes] of all.entries()) {
      const other = all.findIndex((others, at) => at < index && !this.#areDisjoint(shapes, others, 0));
      if (other !== -1) throw refusal(place, `oneOf: no value may be of both alternatives ${other} and ${index}, which cannot be shown; tell them apart by a required constant property or by type, or write anyOf`);
    }
    return all.flat();
  }

  #areDisjoint(some: readonly Shape[], others: readonly Shape[], depth: number): boolean {
    return some.every((one) => others.every((other) => this.#isDisjoint(one, other, depth)));
  }

  #isDisjoint(one: Shape, other: Shape, depth: number): boolean {
    if (one.type === "literal") return !this.#holds(one.value, other);
    if (other.type === "literal") return !this.#holds(other.value, one);
    if (one.type !== other.type || one.minimum > other.maximum || other.minimum > one.maximum) return true;
    if (depth >= deepestComparison) return false;
    const differ = (left: Conjunction, right: Conjunction): boolean => this.#areDisjoint(this.shapesOfAll(left), this.shapesOfAll(right), depth + 1);
    if (one.type === "array" && other.type === "array") {
      const certain = Math.min(Math.max(one.minimum, other.minimum), 1 + Math.max(one.prefix.length, other.prefix.length));
      return Array.from({ length: certain }, (_, index) => index).some((index) => differ(itemOf(one, index), itemOf(other, index)));
    }
    if (one.type !== "object" || other.type !== "object") return false;
    return [...one.required, ...other.required].some((name) => differ(propertyOf(one, name), propertyOf(other, name)));
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
