/** What a schema allows, one kind of value at a time. */
import { accepts, type CharacterAutomaton } from "../character-automaton.js";

/** A schema and where it stands, as a JSON pointer. */
export interface Located {
  readonly schema: unknown;
  readonly place: string;
}

/** Schemas that all hold; with none, anything goes. */
export type Conjunction = readonly Located[];

/** One value: null, a boolean, or what a schema names with `const` or `enum`. */
export interface LiteralShape {
  readonly type: "literal";
  readonly value: unknown;
}

export interface NumberShape {
  readonly type: "number";
  readonly isInteger: boolean;
  /** Both ends are included. */
  readonly minimum: number;
  readonly maximum: number;
  /** A positive integer. */
  readonly multipleOf: number | undefined;
}

/** What a string must match; two of one name are the same. */
export interface TextPattern {
  readonly name: string;
  readonly automaton: CharacterAutomaton;
}

export interface StringShape {
  readonly type: "string";
  readonly minimum: number;
  readonly maximum: number;
  readonly patterns: readonly TextPattern[];
}

export interface ArrayShape {
  readonly type: "array";
  readonly prefix: readonly Conjunction[];
  /** What items after the prefix are; undefined when the schema does not say. */
  readonly rest: Conjunction | undefined;
  readonly minimum: number;
  readonly maximum: number;
}

export interface PropertyPattern {
  readonly name: TextPattern;
  readonly schemas: Conjunction;
}

export interface ObjectShape {
  readonly type: "object";
  /** What named properties are, whatever else matches their names included. */
  readonly properties: ReadonlyMap<string, Conjunction>;
  /** What properties are whose names match. */
  readonly patterns: readonly PropertyPattern[];
  /** What other properties are; undefined when the schema does not say. */
  readonly rest: Conjunction | undefined;
  readonly required: ReadonlySet<string>;
  readonly minimum: number;
  readonly maximum: number;
}

/** A kind of value with what is required of it; a schema allows what one of its shapes does. */
export type Shape = LiteralShape | NumberShape | StringShape | ArrayShape | ObjectShape;

/** The schemas for the item at an index. */
export function itemOf({ prefix, rest }: ArrayShape, index: number): Conjunction {
  return prefix[index] ?? rest ?? [];
}

/** The schemas for a property by its name. */
export function propertyOf({ properties, patterns, rest }: ObjectShape, name: string): Conjunction {
  const own = properties.get(name);
  if (own !== undefined) return own;
  const matching = patterns.filter((pattern) => accepts(pattern.name.automaton, name));
  return matching.length > 0 ? matching.flatMap(({ schemas }) => schemas) : (rest ?? []);
}
